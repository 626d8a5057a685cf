//! The steps of the tree, each alone, on every GPU: order along the curve, sorting, pooling.

use scarcity_engine::compute::gpu::kernel;
use scarcity_engine::compute::gpu::layout::{Shared, Tree, counts_words, levels, sort};
use scarcity_engine::compute::gpu::machine::Machine;

use super::devices::Fresh;
use super::graphs::{Visit, each_machine, random};

const SIZES: [usize; 9] = [1, 3, 127, 128, 129, 1000, 2048, 4097, 70_001];

/// A buffer with these words, and with garbage behind them.
fn with<M: Machine>(m: &mut M, words: &[u32]) -> M::Buffer {
    let mut buffer = m.alloc(words.len() + 100).unwrap();
    let mut all = words.to_vec();
    all.resize(M::words(&buffer), 0xdead_beef);
    m.write(&mut buffer, &all).unwrap();
    buffer
}

fn poisoned<M: Machine>(m: &mut M, words: usize) -> M::Buffer {
    with(m, &vec![0x7fc0_1234; words])
}

#[test]
fn sorting_is_stable() {
    struct Sorting;
    impl Visit for Sorting {
        fn on<M: Shared>(&mut self, name: &str, mut m: M) {
            for count in SIZES {
                let mut fresh = Fresh::new();
                // Many equal keys, some at the ends of the range.
                let keys: Vec<u32> = (0..count)
                    .map(|_| match fresh.word() % 8 {
                        0 => 0,
                        1 => (1 << 30) - 1,
                        2 | 3 => (fresh.word() % 50) as u32,
                        _ => (fresh.word() % (1 << 30)) as u32,
                    })
                    .collect();
                let values: Vec<u32> = (0..count as u32).collect();
                let mut expected: Vec<(u32, u32)> = keys.iter().copied().zip(values.iter().copied()).collect();
                expected.sort_by_key(|pair| pair.0);
                let (one, two) = (with(&mut m, &keys), poisoned(&mut m, count));
                let (three, four) = (with(&mut m, &values), poisoned(&mut m, count));
                let counts = poisoned(&mut m, counts_words(count));
                let at = sort(&mut m, count, 30, [&one, &two], [&three, &four], &counts).unwrap();
                let (mut keys, mut values) = (vec![0; count], vec![0; count]);
                m.read([&one, &two][at], &mut keys).unwrap();
                m.read([&three, &four][at], &mut values).unwrap();
                let found: Vec<(u32, u32)> = keys.into_iter().zip(values).collect();
                assert!(found == expected, "{name}: {count} keys, seed {}", fresh.seed);
            }
        }
    }
    each_machine(&mut Sorting);
}

#[test]
fn the_curve_goes_from_neighbour_to_neighbour() {
    struct Curve;
    impl Visit for Curve {
        fn on<M: Shared>(&mut self, name: &str, mut m: M) {
            // One node in the middle of each of 16³ parts of a cube, in no order.
            let side = 16_usize;
            let cells: Vec<[usize; 3]> = (0..side.pow(3))
                .map(|n| n * 1021 % side.pow(3))
                .map(|n| [n / (side * side), n / side % side, n % side])
                .collect();
            let nodes: Vec<u32> = cells
                .iter()
                .flat_map(|cell| cell.map(|c| (5.0 + 3.0 * c as f32).to_bits()).into_iter().chain([1.0_f32.to_bits()]))
                .collect();
            let nodes = with(&mut m, &nodes);
            let tree = Tree::new(&mut m, cells.len()).unwrap();
            let order = tree.build(&mut m, &nodes).unwrap();
            let mut along = vec![0; cells.len()];
            m.read(order, &mut along).unwrap();
            // The outermost nodes lie on the cube's faces, so a few nodes fall into the next cell of 1024; the coarse order
            // of 16 holds for the rest.
            let far = along
                .windows(2)
                .filter(|pair| {
                    let (a, b) = (cells[pair[0] as usize], cells[pair[1] as usize]);
                    (0..3).map(|axis| a[axis].abs_diff(b[axis])).sum::<usize>() > 1
                })
                .count();
            assert_eq!(far, 0, "{name}: {far} of {} steps go further than to a neighbour", along.len());
        }
    }
    each_machine(&mut Curve);
}

#[test]
fn levels_pool_the_level_below() {
    struct Pooling;
    impl Visit for Pooling {
        fn on<M: Shared>(&mut self, name: &str, mut m: M) {
            for count in SIZES {
                let mut fresh = Fresh::new();
                let graph = random(&mut fresh, count);
                let nodes = with(&mut m, bytemuck::cast_slice(&graph.nodes));
                let tree = Tree::new(&mut m, count).unwrap();
                let order = tree.build(&mut m, &nodes).unwrap();
                let mut along = vec![0; count];
                m.read(order, &mut along).unwrap();
                let mut seen = vec![false; count];
                along.iter().for_each(|node| seen[*node as usize] = true);
                assert!(seen.iter().all(|seen| *seen), "{name}: {count} nodes, each once");
                let table = levels(count);
                let all: usize = table.iter().map(|level| level[1] as usize).sum();
                let mut parts = vec![[0.0_f32; 4]; all];
                m.read(&tree.parts, bytemuck::cast_slice_mut(&mut parts)).unwrap();
                let mut sizes = vec![0.0_f32; all];
                m.read(&tree.sizes, bytemuck::cast_slice_mut(&mut sizes)).unwrap();
                for (level, [first, parents]) in table.iter().enumerate() {
                    for part in 0..*parents as usize {
                        let span = 4_usize.pow(level as u32);
                        let own = &along[part * span..count.min((part + 1) * span)];
                        let (mut sum, mut mass) = ([0.0_f64; 3], 0.0);
                        let (mut low, mut high) = ([f64::MAX; 3], [f64::MIN; 3]);
                        for node in own {
                            let at = graph.nodes[*node as usize].map(f64::from);
                            mass += at[3];
                            for axis in 0..3 {
                                sum[axis] += at[3] * at[axis];
                                low[axis] = low[axis].min(at[axis]);
                                high[axis] = high[axis].max(at[axis]);
                            }
                        }
                        let found = parts[*first as usize + part];
                        let size: f64 = (0..3).map(|a| (high[a] - low[a]).powi(2)).sum();
                        assert!((f64::from(found[3]) / mass - 1.0).abs() < 1e-5, "{name}: mass {found:?}, {mass}");
                        for axis in 0..3 {
                            let centre = sum[axis] / mass;
                            assert!((f64::from(found[axis]) - centre).abs() < 1e-4, "{name}: {found:?}, {centre}");
                        }
                        if level > 0 {
                            let found = f64::from(sizes[*first as usize + part]);
                            assert!((found - size).abs() < 1e-4 * (1.0 + size), "{name}: size {found}, {size}");
                        }
                    }
                }
            }
        }
    }
    each_machine(&mut Pooling);
}

#[test]
fn counts_of_many_blocks_are_summed_across_tiles() {
    struct Scanning;
    impl Visit for Scanning {
        fn on<M: Shared>(&mut self, name: &str, mut m: M) {
            for count in [1, 2047, 2048, 2049, 9001] {
                let mut fresh = Fresh::new();
                let counts: Vec<u32> = (0..count).map(|_| (fresh.word() % 2000) as u32).collect();
                let buffer = with(&mut m, &counts);
                m.launch(&kernel::SORT_SCAN, [1, 1, 1], &[count as u32], &[&buffer]).unwrap();
                let mut found = vec![0; count];
                m.read(&buffer, &mut found).unwrap();
                let mut sum = 0;
                for (at, (own, found)) in counts.iter().zip(found).enumerate() {
                    assert_eq!(found, sum, "{name}: {at} of {count}");
                    sum += own;
                }
            }
        }
    }
    each_machine(&mut Scanning);
}
