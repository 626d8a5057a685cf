//! In: numbers. Out: text a person reads at a glance: three significant digits, thousands separators, plain durations.

use std::path::Path;

/// Shown where there is no number.
pub const NONE: &str = "–";
/// Minus sign of the same width as a plus.
const MINUS: char = '−';

/// Three significant digits: `0.42`, `12.3`, `1,230`, `4.5e-7`.
pub fn number(value: f64) -> String {
    significant(value, 3)
}

/// As [`number`] with a chosen number of significant digits.
pub fn significant(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return NONE.into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { format!("{MINUS}∞") };
    }
    let digits = digits.max(1);
    // Rounded first: 999.6 has four digits before the point at three significant ones.
    let rounded: f64 = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    if rounded == 0.0 {
        return "0".into();
    }
    let exponent = rounded.abs().log10().floor() as i32;
    let sign = if rounded < 0.0 { MINUS.to_string() } else { String::new() };
    if !(-4..9).contains(&exponent) {
        let text = format!("{:.*e}", digits - 1, rounded.abs());
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{sign}{}e{}", trim_zeros(mantissa), power.replace('-', &MINUS.to_string()));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let text = format!("{:.decimals$}", rounded.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = group(whole);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A whole number with thousands separators: `1,204,000`.
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// A count with its noun: `1 link`, `1,204 links`.
pub fn counted(value: u64, singular: &str) -> String {
    let (one, many) = match singular.strip_suffix('y') {
        Some(stem) => (singular, format!("{stem}ies")),
        None => (singular, format!("{singular}s")),
    };
    format!("{} {}", count(value), if value == 1 { one } else { &many })
}

/// A large number shortened: `950`, `12.4k`, `3.2M`.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return number(value);
    }
    let steps = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    for (step, suffix) in steps {
        // 999,950 would round to "1000k".
        if value.abs() >= step * 0.999_5 {
            return format!("{}{suffix}", number(value / step));
        }
    }
    number(value)
}

/// A rate: `12.4k rows/s`.
pub fn rows_per_s(value: f64) -> String {
    format!("{} rows/s", short(value.max(0.0)))
}

/// A duration: `under 1 s`, `12 s`, `2 min 10 s`, `3 h 5 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return NONE.into();
    }
    if seconds < 1.0 {
        return "under 1 s".into();
    }
    let whole = seconds.round() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let two = |big: u64, big_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{} {big_unit}", count(big))
        } else {
            format!("{} {big_unit} {small} {small_unit}", count(big))
        }
    };
    if days > 0 {
        two(days, "d", hours, "h")
    } else if hours > 0 {
        two(hours, "h", minutes, "min")
    } else if minutes > 0 {
        two(minutes, "min", rest, "s")
    } else {
        format!("{rest} s")
    }
}

/// A size: `812 B`, `12.3 MB`.
pub fn bytes(value: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut size = value as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < units.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{} {}", number(size), units[unit])
}

/// A share: `37 %`, `0.4 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NONE.into();
    }
    let percent = share * 100.0;
    if percent != 0.0 && percent.abs() < 0.1 {
        return if percent > 0.0 { "under 0.1 %".into() } else { format!("over {MINUS}0.1 %") };
    }
    // Never round up to certainty.
    if (99.5..100.0).contains(&percent) {
        return format!("{:.1} %", (percent * 10.0).floor() / 10.0);
    }
    let digits = if percent.abs() < 10.0 { 2 } else { 3 };
    format!("{} %", significant(if percent.abs() >= 10.0 { percent.round() } else { percent }, digits))
}

/// An effect with its 95 % interval: `0.42 [0.35, 0.49]`. The ends have the decimals of the estimate, so that the three
/// numbers can be compared by eye.
pub fn with_interval(value: f64, lo: f64, hi: f64) -> String {
    format!("{} [{}, {}]", number(value), number(lo), number(hi))
}

/// A weight in a column of weights: two decimals, so that the points stand below each other.
pub fn weight(value: f64) -> String {
    if (0.01..100.0).contains(&value.abs()) {
        format!("{value:.2}").replace('-', &MINUS.to_string())
    } else {
        number(value)
    }
}

/// A p-value: `< 0.0001`, `0.013`.
pub fn p_value(value: f64) -> String {
    if value < 1e-4 { "< 0.0001".into() } else { significant(value, 2) }
}

/// A lag: `same row`, `1 row`, `3 rows`.
pub fn lag(rows: u32) -> String {
    match rows {
        0 => "same row".into(),
        rows => counted(u64::from(rows), "row"),
    }
}

/// The last part of a path, which is what people know a file by.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Files in a phrase: `a.csv`, `a.csv and b.csv`, `a.csv and 3 more`.
pub fn file_names(paths: &[impl AsRef<Path>]) -> String {
    match paths {
        [] => "no file".into(),
        [one] => file_name(one.as_ref()),
        [one, two] => format!("{} and {}", file_name(one.as_ref()), file_name(two.as_ref())),
        [first, rest @ ..] => format!("{} and {} more", file_name(first.as_ref()), rest.len()),
    }
}

/// The running number of a window for people, who count from one.
pub fn window(index: u64) -> String {
    count(index + 1)
}
