//! In: kernels, buffers of words. Out: what every GPU can do, whatever its programming interface; operations are
//! written once on top of it.

use crate::compute::DeviceMemory;
use crate::error::Result;

use super::kernel::Kernel;

/// A GPU: memory, launches in order, and copies back. Buffers hold 32-bit words.
pub trait Machine: Send {
    /// Memory on the device.
    type Buffer: Send + std::fmt::Debug;

    /// `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// As [`crate::compute::Compute::memory`].
    fn memory(&self) -> Option<DeviceMemory> {
        None
    }

    /// Memory for `words` words, contents unspecified; at least one word is given.
    ///
    /// # Errors
    /// [`crate::Error::Device`], here as in every other call, when the device or its driver fails.
    fn alloc(&mut self, words: usize) -> Result<Self::Buffer>;

    /// Words a buffer holds.
    fn words(buffer: &Self::Buffer) -> usize;

    /// Largest buffer, in words.
    fn max_words(&self) -> usize;

    /// Copies to the device, from the buffer's start.
    fn write(&mut self, buffer: &mut Self::Buffer, words: &[u32]) -> Result<()>;

    /// Starts a kernel on `groups` workgroups after everything started before. `parameters` are the fields of its
    /// `Params`, in order.
    fn launch(
        &mut self,
        kernel: &'static Kernel,
        groups: [u32; 3],
        parameters: &[u32],
        buffers: &[&Self::Buffer],
    ) -> Result<()>;

    /// Copies from the device, from the buffer's start, once everything started before is done.
    fn read(&mut self, buffer: &Self::Buffer, words: &mut [u32]) -> Result<()>;

    /// `C = A' B` by the vendor's library where there is one: `A` is `[k, m]` and `B` is `[k, n]`, both row-major
    /// single-precision matrices at word offsets into buffers, with row strides; `C` is `[m, n]`. `false` where there
    /// is no such library and a kernel has to do it.
    fn product(&mut self, _product: Product<'_, Self::Buffer>) -> Result<bool> {
        Ok(false)
    }

    /// Starts the device's own clock.
    fn start_clock(&mut self) -> Result<()>;

    /// Milliseconds of device time since [`Machine::start_clock`], once everything started before is done; wall-clock
    /// time where the device has no clock.
    fn stop_clock(&mut self) -> Result<f64>;
}

/// A matrix product for [`Machine::product`].
#[derive(Debug)]
pub struct Product<'a, B> {
    /// Columns of `A`, columns of `B`, rows of both.
    pub size: [usize; 3],
    /// `A`, its first word and words per row.
    pub a: (&'a B, usize, usize),
    /// `B`, its first word and words per row.
    pub b: (&'a B, usize, usize),
    /// `C`, its first word and words per row.
    pub c: (&'a B, usize, usize),
    /// Whether to add to what is in `C`.
    pub accumulate: bool,
}

/// A buffer an operation keeps from call to call; it grows as needed.
#[derive(Debug)]
pub struct Slot<B>(Option<B>);

impl<B> Default for Slot<B> {
    fn default() -> Self {
        Self(None)
    }
}

impl<B> Slot<B> {
    /// The buffer, with room for `words` words; what it holds is unspecified.
    pub fn room<M: Machine<Buffer = B>>(&mut self, machine: &mut M, words: usize) -> Result<&mut B> {
        // Taken out first, so that the old memory is free before new memory is asked for.
        match self.0.take() {
            Some(buffer) if M::words(&buffer) >= words => Ok(self.0.insert(buffer)),
            too_small => {
                drop(too_small);
                Ok(self.0.insert(machine.alloc(words.max(1).next_multiple_of(64))?))
            }
        }
    }

    /// The buffer, holding these words at its start.
    pub fn with<M: Machine<Buffer = B>>(&mut self, machine: &mut M, words: &[u32]) -> Result<&mut B> {
        let buffer = self.room(machine, words.len())?;
        machine.write(buffer, words)?;
        Ok(buffer)
    }
}
