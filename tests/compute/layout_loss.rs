//! A layout goes on where its device is lost.

use scarcity_engine::Error;
use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::compute::layout::{
    LayoutChain, LayoutDevice, LayoutForces, LayoutGraph, Lent, Motion, Shown, open_lent,
};
use scarcity_engine::compute::{ComputeConfig, DeviceKind, wgpu};
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue, SimulationFrame};
use scarcity_engine::simulation::{SimulationConfig, spawn_drawn};

use super::devices::{Fresh, required};
use super::graphs::{STEP, fetch, hash, random};
use crate::common::wait_until;
use crate::layout::random_graph;

#[test]
fn a_layout_goes_on_where_a_device_fails() {
    /// Takes a graph and then fails.
    struct Broken;
    impl LayoutDevice for Broken {
        fn name(&self) -> String {
            "broken".to_owned()
        }
        fn load(&mut self, _: &LayoutGraph<'_>, _: u64) -> Result<(), Error> {
            Ok(())
        }
        fn holding(&self) -> u64 {
            9
        }
        fn step(&mut self, _: &LayoutForces, _: u32) -> Result<(), Error> {
            Err(Error::Device { device: "broken".to_owned(), message: "it is".to_owned() })
        }
        fn motion(&mut self) -> Result<Motion, Error> {
            unreachable!("after a failed step nobody asks")
        }
        fn fetch(&mut self, _: &mut [[f32; 4]], _: &mut [[f32; 3]], _: &mut [f32]) -> Result<(), Error> {
            unreachable!("after a failed step nobody asks")
        }
        fn patience(&self) -> u32 {
            1
        }
    }
    let graph = random(&mut Fresh::with(3), 200);
    let after = |device: &mut dyn LayoutDevice| {
        let mut graph = graph.clone();
        device.load(&graph.lend(), 9).unwrap();
        device.step(&STEP, 5).unwrap();
        fetch(&mut graph, device);
        hash(&graph.nodes)
    };
    let mut chain = LayoutChain::new(Box::new(Broken), vec![Box::new(|| Ok(Box::new(CpuLayout::new(2)?)))]);
    assert_eq!(after(&mut chain), after(&mut CpuLayout::new(1).unwrap()));
    assert!(chain.name().starts_with("cpu"));
    let mut alone = LayoutChain::new(Box::new(Broken), Vec::new());
    alone.load(&graph.lend(), 9).unwrap();
    assert!(alone.step(&STEP, 1).is_err());
}

/// A device such as a renderer makes, which looks after its errors itself; `None` where there is no adapter.
fn lent() -> Option<Lent> {
    let Some(adapter) = wgpu::adapters().into_iter().next() else {
        assert!(!required("wgpu"), "SCARCITY_REQUIRE asks for wgpu and there is no adapter");
        println!("not run: there is no adapter");
        return None;
    };
    let machine = wgpu::open_adapter(&adapter, wgpu::extras(adapter.features())).unwrap();
    let (device, queue) = (machine.device().clone(), machine.queue().clone());
    Some(Lent { device, queue, name: adapter.get_info().name })
}

#[test]
fn a_lent_device_that_is_lost_costs_no_layout() {
    let Some(lent) = lent() else { return };
    let config = ComputeConfig { device: DeviceKind::Wgpu, threads: 1 };
    let mut layout = open_lent(&config, &lent).unwrap();
    let mut graph = random(&mut Fresh::with(5), 300);
    layout.load(&graph.lend(), 4).unwrap();
    layout.step(&STEP, 3).unwrap();
    assert!(layout.positions().is_some(), "{} is drawn from where it is", layout.name());
    fetch(&mut graph, layout.as_mut());
    lent.device.destroy();
    // Whoever asks next hears nothing of the loss: the processor goes on from what was last fetched.
    layout.step(&STEP, 2).unwrap();
    let motion = layout.motion().unwrap();
    assert!(layout.name().starts_with("cpu") && layout.positions().is_none() && layout.holding() == 4);
    assert!(motion.moved > 0.0);
    let mut after = graph.clone();
    fetch(&mut after, layout.as_mut());
    assert!(after.nodes.iter().flatten().all(|v| v.is_finite()));
    let moved = after.nodes.iter().zip(&graph.nodes).filter(|(a, b)| a != b).count();
    assert!(moved > 150, "{moved} of 300 nodes moved on");
}

#[test]
fn the_layout_thread_survives_the_loss_of_the_renderer_s_device() {
    let Some(lent) = lent() else { return };
    let config = ComputeConfig { device: DeviceKind::Wgpu, threads: 1 };
    let device = open_lent(&config, &lent).unwrap();
    let bus = Bus::default();
    let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(1));
    let shown = Shown::new(lent.device.clone(), lent.queue.clone());
    let (layout, drawn) = spawn_drawn(&bus, &SimulationConfig::default(), device, shown).unwrap();
    bus.publish::<EngineSnapshot>(random_graph(40, 60, 3));
    wait_until("the renderer is given positions", || drawn.latest().is_some());
    lent.device.destroy();
    layout.reset();
    while frames.try_recv().is_ok() {}
    // From the processor, positions come with the frames.
    wait_until("frames go on", || frames.try_recv().is_ok_and(|frame| frame.positions.len() == 40));
    layout.stop();
}

#[test]
fn auto_measures_a_lent_device_whatever_it_calls_itself() {
    let Some(lent) = lent() else { return };
    let lent = Lent { name: "a very fast GPU".to_owned(), ..lent };
    let config = ComputeConfig { device: DeviceKind::Auto, threads: 0 };
    let mut layout = open_lent(&config, &lent).unwrap();
    let software = lent.device.adapter_info().device_type == ::wgpu::DeviceType::Cpu;
    // What runs on the processor anyway cannot do better than the processor itself.
    assert!(!software || layout.name().starts_with("cpu"), "{}", layout.name());
    let mut graph = random(&mut Fresh::with(6), 100);
    layout.load(&graph.lend(), 8).unwrap();
    layout.step(&STEP, 1).unwrap();
    fetch(&mut graph, layout.as_mut());
    assert!(graph.nodes.iter().flatten().all(|v| v.is_finite()));
}
