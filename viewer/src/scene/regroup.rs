//! In: places of nodes, the group of each, and where the groups are. Out: places as they are drawn: members of a group stand
//! where its disc is.

use wgpu::util::DeviceExt as _;
use wgpu::{
    BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, CommandEncoderDescriptor,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, Device, Queue, ShaderModuleDescriptor,
    ShaderSource,
};

const THREADS: u32 = 256;

/// The kernel and the places it has written.
pub(super) struct Regroup {
    pipeline: ComputePipeline,
    seen: Option<Buffer>,
    /// What the places were written for: another number whenever they are others.
    done: Option<(u64, u64)>,
}

impl Regroup {
    pub fn new(device: &Device) -> Self {
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("shaders/view/regroup.wgsl"),
            source: ShaderSource::Wgsl(include_str!("../../../shaders/view/regroup.wgsl").into()),
        });
        let pipeline = device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some("regroup"),
            layout: None,
            module: &module,
            entry_point: Some("regroup"),
            compilation_options: Default::default(),
            cache: None,
        });
        Self { pipeline, seen: None, done: None }
    }

    /// Places as they are drawn. `member` is in the order of `positions`; `revisions` count changes of the places and of
    /// the groups.
    pub fn places(
        &mut self,
        (device, queue): (&Device, &Queue),
        positions: &Buffer,
        member: &[u32],
        groups: &[[f32; 4]],
        revisions: (u64, u64),
    ) -> Buffer {
        let bytes = (size_of::<[f32; 4]>() * member.len()) as u64;
        let seen = match self.seen.take().filter(|seen| seen.size() == bytes) {
            Some(seen) => seen,
            None => {
                self.done = None;
                device.create_buffer(&BufferDescriptor {
                    label: Some("scene_seen"),
                    size: bytes,
                    usage: BufferUsages::STORAGE,
                    mapped_at_creation: false,
                })
            }
        };
        if self.done != Some(revisions) {
            self.done = Some(revisions);
            let filled = |contents| {
                device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                    label: Some("scene_groups"),
                    contents,
                    usage: BufferUsages::STORAGE,
                })
            };
            let (member_buffer, groups) = (filled(bytemuck::cast_slice(member)), filled(bytemuck::cast_slice(groups)));
            let buffers = [positions, &member_buffer, &groups, &seen];
            let entries: Vec<BindGroupEntry<'_>> = (0..)
                .zip(buffers)
                .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
                .collect();
            let group = device.create_bind_group(&BindGroupDescriptor {
                label: Some("regroup"),
                layout: &self.pipeline.get_bind_group_layout(0),
                entries: &entries,
            });
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor { label: Some("regroup") });
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups((member.len() as u32).div_ceil(THREADS), 1, 1);
            drop(pass);
            queue.submit([encoder.finish()]);
        }
        self.seen.insert(seen).clone()
    }
}
