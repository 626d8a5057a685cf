// In place of half precision: two values side by side in single precision.
alias Half2 = vec2<f32>;

fn widen(pair: Half2) -> vec2<f32> {
    return pair;
}

fn narrow(pair: vec2<f32>) -> Half2 {
    return pair;
}
