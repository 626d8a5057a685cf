//! When a layout moves and when it rests, alone and on its thread.

use super::*;

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let run =
        |threads: usize| {
            let mut compute = CpuLayout::new(threads).unwrap();
            let mut layout = Layout::new(&SimulationConfig { settle_movement: 1e-12, ..SimulationConfig::default() });
            layout.update(&random_graph(400, 900, 17));
            assert_eq!(layout.step(&mut compute, 500).unwrap(), 500);
            layout.frame().positions.iter().flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, v| {
                (hash ^ u64::from(v.to_bits())).wrapping_mul(0x0100_0000_01b3)
            })
        };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(7), one);
    assert_eq!(run(1), one);
}

#[test]
fn a_settled_layout_runs_no_steps_until_something_changes() {
    let graph = random_graph(20, 30, 19);
    let mut layout = Layout::new(&SimulationConfig::default());
    assert_eq!(layout.step(&mut compute(), 10).unwrap(), 0, "nothing to lay out yet");
    layout.update(&graph);
    assert!(settle(&mut layout) >= 30);
    let rest = layout.frame();
    assert!(rest.settled && rest.movement < 0.0005);
    layout.update(&graph);
    assert_eq!(layout.step(&mut compute(), 100).unwrap(), 0, "the same graph again is no change");
    assert_eq!(layout.frame().positions, rest.positions);
    let mut other = graph.clone();
    other.edges.truncate(20);
    (0..5).for_each(|_| layout.update(&other));
    assert!(layout.step(&mut compute(), 100).unwrap() > 0);
}

#[test]
fn a_pinned_node_stays_and_a_frozen_layout_rests() {
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&random_graph(15, 25, 23));
    settle(&mut layout);
    let before = layout.frame().positions;
    let place = [14.0, 1.0, -2.0];
    layout.pin(3, Some(place));
    assert_eq!(layout.frame().positions[3], place);
    assert!(layout.step(&mut compute(), 200).unwrap() > 0, "its neighbours follow");
    let pulled = layout.frame().positions;
    assert_eq!(pulled[3], place);
    assert!(pulled != before);
    layout.pin(3, None);
    settle(&mut layout);
    assert!(distance(layout.frame().positions[3], place) > 1.0, "let go, it returns");
    layout.pin(99, Some(place));
    layout.pin(0, Some([f32::NAN; 3]));
    assert!(layout.frame().positions.iter().flatten().all(|v| v.is_finite()));

    layout.set_frozen(true);
    layout.reset();
    assert_eq!(layout.step(&mut compute(), 10).unwrap(), 0);
    layout.set_frozen(false);
    assert!(layout.step(&mut compute(), 10).unwrap() > 0);
    settle(&mut layout);
    assert!(layout.forces().iter().flatten().all(|f| f.abs() < 1.0), "at rest forces nearly cancel");
}

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn the_layout_thread_publishes_frames_until_it_rests_and_then_none() {
    let bus = Bus::default();
    let frames = bus.subscribe::<SimulationFrame>(Queue::Fifo(4096));
    let states = bus.subscribe::<SimulationStateTopic>(Queue::Fifo(64));
    let config = SimulationConfig::default();
    let handle = spawn(&bus, &config, Box::new(compute())).unwrap();
    bus.publish::<EngineSnapshot>(Snapshot { window: 42, ..random_graph(12, 14, 29) });

    let begun = Instant::now();
    let mut last = frames.recv_timeout(LIMIT).unwrap();
    let (first, mut count) = (last.frame_id, 1_u64);
    while !last.settled {
        let next = frames.recv_timeout(LIMIT).unwrap();
        assert_eq!((next.frame_id, next.window, next.positions.len()), (last.frame_id + 1, 42, 12));
        last = next;
        count += 1;
    }
    assert_eq!(last.frame_id - first + 1, count);
    assert!(count as f64 <= 2.0 + config.max_fps * begun.elapsed().as_secs_f64(), "{count} frames");
    assert!(!states.recv_timeout(LIMIT).unwrap().settled);
    assert!(states.recv_timeout(LIMIT).unwrap().settled);

    // The state that answers `set_frozen` comes after whatever the thread published before: there was nothing.
    handle.set_frozen(true);
    let held = states.recv_timeout(LIMIT).unwrap();
    assert!(held.frozen && held.settled);
    assert!(held.frame_id <= last.frame_id + 1);
    handle.pin(0, Some([1.0, 2.0, 3.0]));
    while frames.recv_timeout(LIMIT).unwrap().positions[0] != [1.0, 2.0, 3.0] {}
    handle.set_frozen(false);
    while states.recv_timeout(LIMIT).unwrap().frozen {}

    handle.reset();
    while frames.recv_timeout(LIMIT).unwrap().settled {}
    handle.stop();
    assert_eq!(bus.topics().iter().find(|t| t.name == "engine.snapshot").unwrap().subscribers, 0);
}

#[test]
fn the_layout_thread_ends_with_the_bus() {
    let bus = Bus::default();
    let handle = spawn(&bus, &SimulationConfig::default(), Box::new(compute())).unwrap();
    assert!(bus.shutdown(LIMIT).is_empty());
    handle.set_frozen(true);
    handle.stop();
}
