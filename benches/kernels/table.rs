//! In: measurements. Out: one table, each time beside the limit it is held against.

/// Rows as they come.
#[derive(Debug, Default)]
pub struct Table(Vec<[String; 7]>);

impl Table {
    /// One line: `rate` and `limit` in the same unit, 0 = no limit to compare with.
    pub fn add(&mut self, what: &str, shape: &str, device: &str, ms: f64, (rate, limit): (f64, f64), unit: &str) {
        let share = if limit > 0.0 { format!("{:.0} %", 100.0 * rate / limit) } else { String::new() };
        let number = |x: f64| if x > 0.0 { format!("{x:.1} {unit}") } else { String::new() };
        self.0.push([
            what.to_owned(),
            shape.to_owned(),
            device.to_owned(),
            format!("{ms:.3}"),
            number(rate),
            number(limit),
            share,
        ]);
    }

    /// As Markdown.
    pub fn print(&self) {
        println!("| what | shape | device | ms | rate | limit | share |");
        println!("|---|---|---|---|---|---|---|");
        for row in &self.0 {
            println!("| {} |", row.join(" | "));
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
