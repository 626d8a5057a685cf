//! In: measurements. Out: one table, each time beside the limit it is held against, and how wgpu does beside CUDA.

/// One measurement.
#[derive(Debug)]
struct Row {
    what: String,
    shape: String,
    device: String,
    ms: f64,
    rate: f64,
    limit: f64,
    unit: String,
}

/// One line each.
#[derive(Debug, Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// One line: `rate` and `limit` in the same unit, 0 = no limit to compare with.
    pub fn add(&mut self, what: &str, shape: &str, device: &str, ms: f64, (rate, limit): (f64, f64), unit: &str) {
        let [what, shape, device, unit] = [what, shape, device, unit].map(str::to_owned);
        self.0.push(Row { what, shape, device, ms, rate, limit, unit });
    }

    /// As Markdown.
    pub fn print(&self) {
        println!("| what | shape | device | ms | rate | limit | share |");
        println!("|---|---|---|---|---|---|---|");
        for row in &self.0 {
            let number = |x: f64| if x > 0.0 { format!("{x:.1} {}", row.unit) } else { String::new() };
            let share = if row.limit > 0.0 { format!("{:.0} %", 100.0 * row.rate / row.limit) } else { String::new() };
            println!(
                "| {} | {} | {} | {:.3} | {} | {} | {share} |",
                row.what,
                row.shape,
                row.device,
                row.ms,
                number(row.rate),
                number(row.limit)
            );
        }
        for row in self.0.iter().filter(|row| row.device == "wgpu") {
            let same = |other: &&Row| other.device == "cuda" && other.what == row.what && other.shape == row.shape;
            if let Some(cuda) = self.0.iter().find(same) {
                let times = row.ms / cuda.ms;
                println!("| {} | {} | wgpu ÷ cuda | | {times:.2} × | 2 × | |", row.what, row.shape);
            }
        }
    }
}

/// The median of `runs` times after two runs to warm up, in milliseconds.
pub fn median(runs: usize, mut one: impl FnMut() -> f64) -> f64 {
    one();
    one();
    let mut times: Vec<f64> = (0..runs).map(|_| one()).collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

/// Wall-clock time of one call, in milliseconds.
pub fn wall(one: impl FnOnce()) -> f64 {
    let clock = std::time::Instant::now();
    one();
    clock.elapsed().as_secs_f64() * 1e3
}
