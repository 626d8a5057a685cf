//! The rules by which a layout follows a graph that changes, on every GPU.

use scarcity_engine::compute::gpu::{GpuLayout, layout};
use scarcity_engine::compute::layout::LayoutDevice;

use super::devices::Fresh;
use super::graphs::{Visit, each_machine, fetch, poison, random};

#[test]
fn changes_stir_their_neighbourhood_and_new_nodes_start_beside_their_neighbours() {
    struct Live;
    impl Visit for Live {
        fn on<M: layout::Shared>(&mut self, name: &str, machine: M) {
            let mut device = GpuLayout::new(machine);
            for count in [1, 3, 127, 128, 129, 1000, 4097] {
                let mut fresh = Fresh::new();
                let before = random(&mut fresh, count);
                poison(&mut device, count);
                device.load(&before.lend(), 6).unwrap();
                let row = |node: usize| before.offsets[node] as usize..before.offsets[node + 1] as usize;

                let reached: Vec<f32> = (0..count).map(|node| if node % 50 == 1 { 1.0 } else { 0.0 }).collect();
                device.stir(&before.offsets, &reached, 2).unwrap();
                let mut expected = reached;
                for _ in 0..2 {
                    let from = expected.clone();
                    for (node, most) in expected.iter_mut().enumerate() {
                        for (other, _) in &before.neighbours[row(node)] {
                            *most = most.max(0.5 * from[*other as usize]);
                        }
                    }
                }
                let is_new: Vec<u32> =
                    (0..count as u32).map(|node| if node % 4 == 2 { node + 77 } else { 0 }).collect();
                device.seed(&before.offsets, &is_new, 0.25).unwrap();
                let mut after = before.clone();
                fetch(&mut after, &mut device);
                for node in 0..count {
                    let own = before.mobility[node];
                    let wanted = if own > 0.0 { own.max(expected[node]) } else { 0.0 };
                    assert_eq!(after.mobility[node], wanted, "{name}: mobility of {node} of {count}");
                    let (mut centre, mut weight) = ([0.0_f64; 3], 0.0);
                    for (other, strength) in &before.neighbours[row(node)] {
                        if is_new[*other as usize] == 0 {
                            let at = before.nodes[*other as usize];
                            (0..3).for_each(|a| centre[a] += f64::from(*strength) * f64::from(at[a]));
                            weight += f64::from(*strength);
                        }
                    }
                    let [x, y, z, _] = after.nodes[node];
                    if is_new[node] == 0 || weight == 0.0 {
                        assert_eq!(after.nodes[node], before.nodes[node], "{name}: {node} stays");
                    } else {
                        let away = [x, y, z].map(f64::from);
                        let most = (0..3).map(|a| (away[a] - centre[a] / weight).abs()).fold(0.0, f64::max);
                        assert!(most < 0.2501 && most > 1e-3, "{name}: {node} starts {most} from its neighbours");
                    }
                }
            }
        }
    }
    each_machine(&mut Live);
}
