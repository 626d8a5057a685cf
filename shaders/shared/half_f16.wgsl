enable f16;

// Half precision where the adapter has it: two values per word, converted by the hardware's own instructions.
alias Half2 = vec2<f16>;

fn widen(pair: Half2) -> vec2<f32> {
    return vec2<f32>(pair);
}

// Values out of range become the largest half, not infinity.
fn narrow(pair: vec2<f32>) -> Half2 {
    return Half2(clamp(pair, vec2(-65504.0), vec2(65504.0)));
}
