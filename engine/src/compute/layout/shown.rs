//! In: a layout on any device. Out: its positions in a buffer of the renderer's device, without a copy where they lie
//! there already.

use super::LayoutDevice;
use crate::error::Result;

/// Positions for a renderer.
#[derive(Debug)]
pub struct Shown {
    device: wgpu::Device,
    queue: wgpu::Queue,
    bounced: Option<wgpu::Buffer>,
    /// Version of the graph that is in it.
    version: u64,
    nodes: Vec<[f32; 4]>,
    forces: Vec<[f32; 3]>,
    mobility: Vec<f32>,
}

impl Shown {
    /// For a renderer with this device and queue.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        Self { device, queue, bounced: None, version: 0, nodes: Vec::new(), forces: Vec::new(), mobility: Vec::new() }
    }

    /// The positions of the `count` nodes of the layout, `[x, y, z, mass]`, ready for everything submitted from now on.
    /// A layout on the renderer's device is drawn from where it is; another one's positions pass through the host.
    ///
    /// # Errors
    /// As [`LayoutDevice::fetch`].
    pub fn buffer(&mut self, layout: &mut dyn LayoutDevice, count: usize) -> Result<wgpu::Buffer> {
        if let Some(buffer) = layout.positions() {
            return Ok(buffer.clone());
        }
        self.nodes.resize(count, [0.0; 4]);
        self.forces.resize(count, [0.0; 3]);
        self.mobility.resize(count, 0.0);
        layout.fetch(&mut self.nodes, &mut self.forces, &mut self.mobility)?;
        let bytes = (16 * count.max(1)) as u64;
        let buffer = match self.bounced.take() {
            // Another graph goes into another buffer: the renderer may still be drawing the one before.
            Some(buffer) if buffer.size() >= bytes && self.version == layout.holding() => buffer,
            _ => self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("layout positions"),
                size: bytes.next_multiple_of(4096),
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
        };
        self.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&self.nodes));
        self.bounced = Some(buffer.clone());
        self.version = layout.holding();
        Ok(buffer)
    }
}
