//! In: the same rows as CSV, Parquet and Arrow. Out: rows per second through the reader and the window builder, beside
//! a plain scan for line ends, the least any reader of text must do.

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use scarcity_engine::stream::{ReadOptions, Reader, StreamConfig, WindowBuilder};

const ROWS: usize = 200_000;
const VARS: usize = 20;

struct Files {
    /// Keeps the folder until the process ends.
    _folder: tempfile::TempDir,
    /// Six decimals, as sensors write.
    csv: PathBuf,
    /// All digits of a double, as programs write.
    csv_17_digits: PathBuf,
    /// A twentieth of the cells is `NA`.
    csv_missing: PathBuf,
    jsonl: PathBuf,
    parquet: PathBuf,
    arrow: PathBuf,
}

static FILES: LazyLock<Files> = LazyLock::new(|| write().expect("the folder for temporary files is writable"));

fn value(row: usize, var: usize) -> f64 {
    let x = (row * VARS + var) as f64;
    (x * 0.618_033_988_749_894_9).fract() - 0.5
}

fn write() -> Result<Files, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let header = (0..VARS).map(|v| format!("x{v}")).collect::<Vec<_>>().join(",");
    for (name, digits, missing) in [("a.csv", 6, false), ("b.csv", 17, false), ("c.csv", 6, true)] {
        let mut text = header.clone();
        for row in 0..ROWS {
            for var in 0..VARS {
                text.push(if var == 0 { '\n' } else { ',' });
                if missing && (row + 7 * var) % 20 == 3 {
                    text.push_str("NA");
                } else {
                    write!(text, "{:.digits$}", value(row, var))?;
                }
            }
        }
        text.push('\n');
        std::fs::write(path(name), text)?;
    }
    let columns = (0..VARS).map(|var| {
        let cells: ArrayRef = Arc::new(Float64Array::from_iter_values((0..ROWS).map(|row| value(row, var))));
        (format!("x{var}"), cells)
    });
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut writer = parquet::arrow::ArrowWriter::try_new(File::create(path("a.parquet"))?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    let mut writer = arrow::ipc::writer::FileWriter::try_new(File::create(path("a.arrow"))?, &batch.schema())?;
    for start in (0..ROWS).step_by(10_000) {
        writer.write(&batch.slice(start, 10_000.min(ROWS - start)))?;
    }
    writer.finish()?;
    let mut writer = arrow::json::LineDelimitedWriter::new(std::io::BufWriter::new(File::create(path("a.jsonl"))?));
    writer.write(&batch)?;
    writer.finish()?;
    let (csv, csv_17_digits, csv_missing) = (path("a.csv"), path("b.csv"), path("c.csv"));
    let (jsonl, parquet, arrow) = (path("a.jsonl"), path("a.parquet"), path("a.arrow"));
    Ok(Files { _folder: folder, csv, csv_17_digits, csv_missing, jsonl, parquet, arrow })
}

fn read(bencher: Bencher<'_, '_>, path: &PathBuf) {
    let bytes = std::fs::metadata(path).map_or(0, |m| m.len());
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::new(bytes)).bench_local(|| {
        let (options, config) = (ReadOptions::default(), StreamConfig::default());
        let mut reader = Reader::open(std::slice::from_ref(path), &options, &config).expect("the file is good");
        let mut rows = 0;
        while let Some(samples) = reader.next_batch().expect("the rows are good") {
            rows += samples.rows();
        }
        assert_eq!(rows, ROWS);
    });
}

/// The upper bound: the same bytes, read in the same pieces, looking for line ends only.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn csv_newline_scan(bencher: Bencher<'_, '_>) {
    let path = &FILES.csv;
    let bytes = std::fs::metadata(path).map_or(0, |m| m.len());
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::new(bytes)).bench_local(|| {
        let mut file = File::open(path).expect("the file exists");
        let (mut buffer, mut lines) = (vec![0; 1 << 20], 0);
        loop {
            let read = file.read(&mut buffer).expect("the file is readable");
            if read == 0 {
                break;
            }
            lines += buffer[..read].iter().filter(|&&b| b == b'\n').count();
        }
        assert_eq!(lines, ROWS + 1);
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn csv(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.csv);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn csv_17_digits(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.csv_17_digits);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn csv_missing(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.csv_missing);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn jsonl(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.jsonl);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn parquet(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.parquet);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn arrow(bencher: Bencher<'_, '_>) {
    read(bencher, &FILES.arrow);
}

/// Rows that are already in memory, to panes, moments and windows.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn windows(bencher: Bencher<'_, '_>) {
    let (options, config) = (ReadOptions::default(), StreamConfig::default());
    let mut reader = Reader::open(std::slice::from_ref(&FILES.parquet), &options, &config).expect("the file is good");
    let mut batches = Vec::new();
    while let Some(samples) = reader.next_batch().expect("the rows are good") {
        batches.push(samples);
    }
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut builder = WindowBuilder::new(VARS, &config, 3);
        let built: usize = batches.iter().map(|samples| builder.push(samples).len()).sum();
        assert_eq!(built, (ROWS - 128) / 64 + 1);
    });
}
