//! In: kernels. Out: compiled pipelines, each compiled when first asked for.

use std::collections::BTreeMap;

use crate::compute::gpu::kernel::{Access, Extras, Kernel};

/// A compiled kernel and the layout its buffers are bound by.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The pipeline.
    pub pipeline: wgpu::ComputePipeline,
    /// Layout of bind group 0.
    pub layout: wgpu::BindGroupLayout,
}

/// Pipelines of one device, by what tells kernels apart.
#[derive(Debug, Default)]
pub struct Pipelines(BTreeMap<(&'static str, bool), Pipeline>);

impl Pipelines {
    /// The pipeline of a kernel.
    pub fn get(&mut self, device: &wgpu::Device, kernel: &'static Kernel, extras: Extras) -> &Pipeline {
        self.0.entry(kernel.key()).or_insert_with(|| compile(device, kernel, extras))
    }
}

fn compile(device: &wgpu::Device, kernel: &'static Kernel, extras: Extras) -> Pipeline {
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(kernel.entry),
        source: wgpu::ShaderSource::Wgsl(kernel.wgsl_module(extras).into()),
    });
    let entry = |binding: usize, ty: wgpu::BufferBindingType, has_dynamic_offset| wgpu::BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
        count: None,
    };
    let mut entries = vec![entry(0, wgpu::BufferBindingType::Uniform, true)];
    for (at, access) in kernel.buffers.iter().enumerate() {
        let read_only = *access == Access::Read;
        entries.push(entry(at + 1, wgpu::BufferBindingType::Storage { read_only }, false));
    }
    let layout = device
        .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(kernel.entry), entries: &entries });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(kernel.entry),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(kernel.entry),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some(kernel.entry),
        // Kernels write workgroup memory before they read it.
        compilation_options: wgpu::PipelineCompilationOptions {
            zero_initialize_workgroup_memory: false,
            ..wgpu::PipelineCompilationOptions::default()
        },
        cache: None,
    });
    Pipeline { pipeline, layout }
}
