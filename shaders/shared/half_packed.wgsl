// Half precision on adapters without it: two values packed into a word, arithmetic in single precision.
alias Half2 = u32;

fn widen(pair: Half2) -> vec2<f32> {
    return unpack2x16float(pair);
}

// Values out of range become the largest half, not infinity.
fn narrow(pair: vec2<f32>) -> Half2 {
    return pack2x16float(clamp(pair, vec2(-65504.0), vec2(65504.0)));
}
