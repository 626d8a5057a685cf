//! In: a device with timestamp queries. Out: how long the work between two marks took on the device itself.

/// Two timestamps and the way back to the host.
#[derive(Debug)]
pub struct Clock {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    period_ns: f64,
}

impl Clock {
    /// A clock, where the device has one.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Option<Self> {
        let needed = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
        if !device.features().contains(needed) {
            return None;
        }
        Some(Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("clock"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            }),
            resolved: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("clock"),
                size: 16,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            period_ns: f64::from(queue.get_timestamp_period()),
        })
    }

    /// Takes the time: mark 0 or mark 1.
    pub fn mark(&self, encoder: &mut wgpu::CommandEncoder, mark: u32) {
        encoder.write_timestamp(&self.queries, mark);
    }

    /// Brings both marks to a buffer that can be copied from.
    pub fn resolve(&self, encoder: &mut wgpu::CommandEncoder) -> &wgpu::Buffer {
        encoder.resolve_query_set(&self.queries, 0..2, &self.resolved, 0);
        &self.resolved
    }

    /// Milliseconds between two marks.
    pub fn milliseconds(&self, from: u64, to: u64) -> f64 {
        to.saturating_sub(from) as f64 * self.period_ns * 1e-6
    }
}
