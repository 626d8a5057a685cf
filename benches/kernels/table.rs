//! In: measurements. Out: one table, each time beside the limit it is held against, and one of what was wanted of a GPU.

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
    }
}

/// What a GPU should do.
enum Wanted {
    /// At least this share of the limit.
    Share(f64),
    /// At most so many milliseconds.
    Ms(f64),
}

/// What, shape (its beginning), and how well.
const TARGETS: [(&str, &str, Wanted); 5] = [
    ("Gram by cuBLAS", "512 × 4096", Wanted::Share(0.7)),
    ("all-pairs repulsion", "16384 nodes", Wanted::Share(0.5)),
    ("layout step", "100000 nodes, 1000000 edges", Wanted::Ms(1.0)),
    ("layout step", "1000000 nodes, 5000000 edges", Wanted::Ms(8.0)),
    ("window, every pair scored", "1000 variables", Wanted::Ms(10.0)),
];
/// Times of CUDA's a kernel may take on wgpu.
const BESIDE_CUDA: f64 = 2.0;

impl Table {
    /// Prints what was wanted of a GPU beside what it did, and returns how many of that were not taken and how many were
    /// missed.
    pub fn targets(&self) -> (usize, usize) {
        let (mut untaken, mut missed) = (0, 0);
        println!("\n| target | wanted | taken | share of the physical limit | holds |");
        println!("|---|---|---|---|---|");
        for (what, shape, wanted) in &TARGETS {
            let row = self.0.iter().find(|r| r.device == "cuda" && r.what == *what && r.shape.starts_with(shape));
            let Some(row) = row else {
                untaken += 1;
                let words = match wanted {
                    Wanted::Share(share) => format!("≥ {:.0} % of the limit", 100.0 * share),
                    Wanted::Ms(ms) => format!("≤ {ms} ms"),
                };
                println!("| {what}, {shape} | {words} | not taken: no CUDA device | | |");
                continue;
            };
            let share = if row.limit > 0.0 { row.rate / row.limit } else { 0.0 };
            let (words, holds) = match wanted {
                Wanted::Share(least) => (format!("≥ {:.0} % of the limit", 100.0 * least), share >= *least),
                Wanted::Ms(most) => (format!("≤ {most} ms"), row.ms <= *most),
            };
            missed += usize::from(!holds);
            println!(
                "| {what}, {} | {words} | {:.3} ms | {:.0} % of {:.0} {} | {} |",
                row.shape,
                row.ms,
                100.0 * share,
                row.limit,
                row.unit,
                if holds { "yes" } else { "no" }
            );
        }
        let on = |device: &str| self.0.iter().any(|row| row.device == device);
        if !(on("wgpu") && on("cuda")) {
            untaken += 1;
            println!("| wgpu beside CUDA | ≤ {BESIDE_CUDA} × | not taken: both on one GPU are needed | | |");
        }
        for (row, times) in self.beside_cuda() {
            let holds = times <= BESIDE_CUDA;
            missed += usize::from(!holds);
            let holds = if holds { "yes" } else { "no" };
            println!(
                "| wgpu beside CUDA: {}, {} | ≤ {BESIDE_CUDA} × | {times:.2} × | | {holds} |",
                row.what, row.shape
            );
        }
        (untaken, missed)
    }

    /// Rows of wgpu that CUDA has as well, and how many times as long they take.
    fn beside_cuda(&self) -> impl Iterator<Item = (&Row, f64)> {
        self.0.iter().filter(|row| row.device == "wgpu").filter_map(|row| {
            let same = |other: &&Row| other.device == "cuda" && other.what == row.what && other.shape == row.shape;
            self.0.iter().find(same).map(|cuda| (row, row.ms / cuda.ms))
        })
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
