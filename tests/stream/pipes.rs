//! In: bytes that come once, in pieces, slowly, or without end. Out: the rows of a file, as soon as they are there.

use super::*;

#[test]
fn pipes_give_the_same_rows_as_files() {
    let rows = 2500;
    let batch = mixed(rows);
    let halves = [batch.slice(0, 900), batch.slice(900, rows - 900)];
    let folder = Folder::new();
    write_arrow_file(&folder.path("f.arrow"), &halves);
    let file = std::fs::read(folder.path("f.arrow")).unwrap();
    let (options, config) = defaults();
    for (what, bytes) in
        [("csv", csv_of(&batch)), ("jsonl", json_lines(&batch)), ("stream", arrow_stream(&halves)), ("file", file)]
    {
        for piece in [1, 17, 4096, 1 << 20] {
            if piece == 1 && what == "jsonl" {
                continue; // byte by byte is the business of one text format
            }
            let pipe = Dribble { bytes: bytes.clone(), at: 0, piece };
            let samples = drain(Reader::from_read(pipe, &options, &config).unwrap());
            assert_values(&samples, &mixed_values(rows));
            assert_eq!(samples.breaks, [rows / 2], "{what} in pieces of {piece}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_once_and_not_inspected() {
    let folder = Folder::new();
    let path = folder.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (options, config) = defaults();
    let message = inspect(std::slice::from_ref(&path), &options, &config).unwrap_err().to_string();
    assert_says(&message, &["fifo: is a pipe", "read only once"]);
    let writer = std::thread::spawn({
        let path = path.clone();
        move || std::fs::write(path, csv_text(500, 3)).unwrap()
    });
    assert_eq!(read(&path).rows(), 500);
    writer.join().unwrap();
}

#[test]
fn bad_pipes() {
    let (options, config) = defaults();
    let fail = |bytes: Vec<u8>| {
        let pipe = Dribble { bytes, at: 0, piece: 4096 };
        Reader::from_read(pipe, &options, &config).unwrap_err().to_string()
    };
    assert_says(&fail(Vec::new()), &["standard input: the file is empty"]);
    let folder = Folder::new();
    write_parquet(&folder.path("p.parquet"), &mixed(100));
    assert_says(&fail(std::fs::read(folder.path("p.parquet")).unwrap()), &["Parquet cannot be read from a pipe"]);
    assert_says(&fail(vec![0; 1000]), &["NUL byte"]);
}

#[test]
fn a_slow_pipe_is_not_held_up() {
    // Forty lines are enough to start; the writer then waits for a row to come out before it sends more.
    let (sender, receiver) = crossbeam_channel::unbounded::<Vec<u8>>();
    struct Pipe(crossbeam_channel::Receiver<Vec<u8>>);
    impl std::io::Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let bytes = self.0.recv().unwrap_or_default();
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }
    let text = csv_text(40, 2);
    sender.send(text.clone().into_bytes()).unwrap();
    let (options, config) = defaults();
    let mut reader = Reader::from_read(Pipe(receiver), &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 40);
    sender.send(b"1,2\n3".to_vec()).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().values, [1.0, 2.0]);
    sender.send(b",4".to_vec()).unwrap();
    drop(sender);
    assert_eq!(reader.next_batch().unwrap().unwrap().values, [3.0, 4.0]);
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn a_growing_file_is_followed_until_stopped() {
    let folder = Folder::new();
    let path = folder.write("g.csv", csv_text(100, 2));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let config = StreamConfig { follow_poll_s: 0.01, ..StreamConfig::default() };
    let mut reader = Reader::open(std::slice::from_ref(&path), &options, &config).unwrap();
    let (counters, stop) = (reader.counters(), reader.stop_flag());
    let thread = std::thread::spawn(move || {
        let mut all = Vec::new();
        while let Some(samples) = reader.next_batch().unwrap() {
            all.extend(samples.values);
        }
        all
    });
    wait_until("the first rows are read", || counters.now().rows == 100 && counters.now().waiting);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"1,2\n3,").unwrap();
    wait_until("the whole line is read", || counters.now().rows == 101);
    file.write_all(b"4\n5,6").unwrap();
    wait_until("the line is completed", || counters.now().rows == 102);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let all = thread.join().unwrap();
    assert_eq!(all[200..], [1.0, 2.0, 3.0, 4.0], "half a line is no row");
}

#[test]
fn what_cannot_grow_row_by_row_cannot_be_followed() {
    let folder = Folder::new();
    write_parquet(&folder.path("p.parquet"), &mixed(100));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let message = failure_with(&[folder.path("p.parquet")], &options, &StreamConfig::default());
    assert_says(&message, &["cannot be followed"]);
}

#[test]
fn a_followed_file_that_shrinks_is_an_error() {
    let folder = Folder::new();
    let path = folder.write("g.csv", csv_text(100, 2));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let config = StreamConfig { follow_poll_s: 0.01, ..StreamConfig::default() };
    let mut reader = Reader::open(std::slice::from_ref(&path), &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 100);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert_says(&reader.next_batch().unwrap_err().to_string(), &["became shorter while it was followed"]);
}

#[test]
fn bytes_are_counted() {
    let folder = Folder::new();
    let text = csv_text(5000, 4);
    let a = folder.write("a.csv", &text);
    let b = folder.write("b.csv", &text);
    let (options, config) = defaults();
    let reader = Reader::open(&[a, b], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(reader.report().total_bytes, 2 * text.len() as u64);
    drain(reader);
    assert_eq!(counters.now().bytes, 2 * text.len() as u64);
}

/// Rows made up on the fly, without end in memory.
struct Endless {
    left: usize,
    line: Vec<u8>,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.left.min(buffer.len() / self.line.len());
        for chunk in buffer.chunks_exact_mut(self.line.len()).take(count) {
            chunk.copy_from_slice(&self.line);
        }
        self.left -= count;
        Ok(count * self.line.len())
    }
}

#[test]
fn batches_stay_small_however_long_the_input() {
    let line = b"1.25,-3.5,2.125,7.75,NA\n".to_vec();
    let bytes_in_all = 200_000 * line.len();
    let (options, config) = defaults();
    let mut reader = Reader::from_read(Endless { left: 200_000, line }, &options, &config).unwrap();
    let (mut rows, mut largest) = (0, 0);
    while let Some(samples) = reader.next_batch().unwrap() {
        rows += samples.rows();
        largest = largest.max(samples.values.capacity() * 8);
    }
    assert_eq!(rows, 200_000);
    assert!(largest < bytes_in_all / 8, "a batch of {largest} bytes for an input of {bytes_in_all}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn rows_do_not_depend_on_how_a_pipe_is_cut(
        pieces in 1usize..5000,
        batch_rows in 1u32..3000,
        quoted in any::<bool>(),
        holes in proptest::collection::btree_set(0usize..600, 0..6),
    ) {
        let mut lines: Vec<String> = csv_text(600, 3).lines().map(str::to_owned).collect();
        for hole in holes {
            lines[hole + 1] = format!("NA,{hole},");
        }
        if quoted {
            lines[300] = "\"1\",\"2\",\"3\"".to_owned();
        }
        let bytes = lines.join("\r\n").into_bytes();
        let (options, plain) = defaults();
        let expected = drain(Reader::from_read(std::io::Cursor::new(bytes.clone()), &options, &plain).unwrap());
        let config = StreamConfig { batch_rows, ..StreamConfig::default() };
        let found = drain(Reader::from_read(Dribble { bytes, at: 0, piece: pieces }, &options, &config).unwrap());
        prop_assert_eq!(found.rows(), 600);
        prop_assert!(found.values.iter().map(|x| x.to_bits()).eq(expected.values.iter().map(|x| x.to_bits())));
    }
}
