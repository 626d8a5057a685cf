//! In: numbers of latents. Out: the words they are kept in, and back.

use half::f16;
use half::slice::HalfFloatSliceExt;

/// How the numbers of latents are kept. Sums are in single precision either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Precision {
    /// Two halves in a 32-bit word: half the memory, and a relative error of up to 2⁻¹¹ each time they are stored.
    #[default]
    Half,
    /// One number in a word.
    Single,
}

impl Precision {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Half, Self::Single];

    /// Words of so many numbers, an even number of them.
    pub fn words(self, numbers: usize) -> usize {
        match self {
            Self::Half => numbers / 2,
            Self::Single => numbers,
        }
    }

    /// Numbers in so many words.
    pub fn numbers(self, words: usize) -> usize {
        match self {
            Self::Half => 2 * words,
            Self::Single => words,
        }
    }

    /// The numbers in words.
    pub fn widen(self, words: &[u32], out: &mut [f32]) {
        match self {
            Self::Half => bytemuck::cast_slice::<u32, f16>(words).convert_to_f32_slice(out),
            Self::Single => out.copy_from_slice(bytemuck::cast_slice(words)),
        }
    }

    /// Numbers as words; what is too large for a half becomes the largest.
    pub fn narrow(self, numbers: &mut [f32], words: &mut [u32]) {
        match self {
            Self::Half => {
                numbers.iter_mut().for_each(|x| *x = x.clamp(-65504.0, 65504.0));
                bytemuck::cast_slice_mut::<u32, f16>(words).convert_from_f32_slice(numbers);
            }
            Self::Single => words.copy_from_slice(bytemuck::cast_slice(numbers)),
        }
    }
}
