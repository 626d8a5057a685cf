//! In: sums of products. Out: means, deviations and correlations of the lagged columns.

/// Correlations of `columns` lagged columns over one stretch of rows.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// Number of columns (the constant is not one of them).
    pub columns: usize,
    /// Rows.
    pub rows: f64,
    /// `[columns, columns]`, row-major.
    pub matrix: Vec<f64>,
    /// Mean of each column, in the encoder's units.
    pub mean: Vec<f64>,
    /// Standard deviation of each column, in the encoder's units; 0 where the column does not vary.
    pub sd: Vec<f64>,
    /// `[columns, columns]`: rows behind each entry; `None` = `rows` everywhere.
    counts: Option<Vec<f64>>,
    /// Per column: share of its cells that were there, neither missing nor bridged.
    pub present: Vec<f64>,
}

/// A column whose variance is below this share of its squared mean counts as constant: less is rounding.
pub const CONSTANT_SHARE: f64 = 1e-13;

/// Entries taken over different rows need not fit together: each is drawn towards zero by this much where its pair has
/// no rows at all, less where it has more.
const PATCHWORK: f64 = 0.05;

impl Correlation {
    /// From the packed upper triangle of the sums of products of `[1, columns]`, and of the pair counts.
    ///
    /// With missing cells every entry is taken over the rows where both columns are present.
    pub fn from_packed(dim: usize, rows: f64, sums: &[f64], counts: Option<&[f64]>) -> Self {
        let columns = dim - 1;
        let count_at = |at: usize| counts.map_or(rows, |c| c[at]).max(1.0);
        let mean: Vec<f64> = (1..dim).map(|j| sums[j] / count_at(j)).collect();
        let mut matrix = vec![0.0; columns * columns];
        let mut kept = counts.map(|_| vec![0.0; columns * columns]);
        let mut at = dim;
        for i in 0..columns {
            for j in i..columns {
                let n = count_at(at);
                let covariance = sums[at] / n - mean[i] * mean[j];
                matrix[i * columns + j] = covariance;
                if let Some(kept) = &mut kept {
                    kept[i * columns + j] = n;
                    kept[j * columns + i] = n;
                }
                at += 1;
            }
        }
        let sd: Vec<f64> = (0..columns)
            .map(|i| {
                let variance = matrix[i * columns + i];
                if variance > (CONSTANT_SHARE * mean[i] * mean[i]).max(f64::MIN_POSITIVE) {
                    variance.sqrt()
                } else {
                    0.0
                }
            })
            .collect();
        // Only what was really taken over fewer rows: shrinking the rest would leave of a mediator less than it mediates.
        let keep = |at: usize| kept.as_ref().map_or(1.0, |k| 1.0 - PATCHWORK * (1.0 - k[at] / rows.max(1.0)).max(0.0));
        for i in 0..columns {
            for j in i..columns {
                let scale = sd[i] * sd[j];
                let value = if i == j {
                    1.0
                } else if scale > 0.0 {
                    keep(i * columns + j) * (matrix[i * columns + j] / scale).clamp(-1.0, 1.0)
                } else {
                    0.0
                };
                matrix[i * columns + j] = value;
                matrix[j * columns + i] = value;
            }
        }
        Self { columns, rows, matrix, mean, sd, counts: kept, present: vec![1.0; columns] }
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        let of = |values: &[f64]| size_of_val(values);
        of(&self.matrix) + of(&self.mean) + of(&self.sd) + of(&self.present) + self.counts.as_deref().map_or(0, of)
    }

    /// The same of so many columns, at most.
    pub fn most_bytes(columns: usize) -> usize {
        (2 * columns * columns + 3 * columns) * size_of::<f64>()
    }

    /// Whether the entries rest on different rows.
    pub fn is_patchwork(&self) -> bool {
        self.counts.is_some()
    }

    /// One row of the matrix, `[columns]`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.matrix[i * self.columns..(i + 1) * self.columns]
    }

    /// Correlation of two columns.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.matrix[i * self.columns + j]
    }

    /// Rows in which both columns have a value and column `i`, the target of a test, was really observed.
    pub fn count(&self, i: usize, j: usize) -> f64 {
        self.present[i] * self.counts.as_ref().map_or(self.rows, |c| c[i * self.columns + j])
    }
}
