//! In: launches. Out: their effects, in order, on a wgpu device: commands are collected and submitted together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::compute::DeviceMemory;
use crate::compute::gpu::kernel::{Extras, Kernel, PARAMETER_BYTES};
use crate::compute::gpu::machine::Machine;
use crate::error::Result;

use super::adapter::{extras, failure};
use super::clock::Clock;
use super::memory::memory_of;
use super::pipelines::Pipelines;

/// Launches collected before they are submitted. Each has its own slot of parameters.
const LAUNCHES: usize = 256;

/// What the device reported outside of any call.
#[derive(Debug, Default, Clone)]
struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn set(&self, message: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    }

    fn check(&self) -> Result<()> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(message) => Err(failure(message)),
            None => Ok(()),
        }
    }
}

/// A wgpu device and queue as a [`Machine`].
#[derive(Debug)]
pub struct WgpuMachine {
    device: wgpu::Device,
    queue: wgpu::Queue,
    name: String,
    extras: Extras,
    pipelines: Pipelines,
    parameters: wgpu::Buffer,
    slot_bytes: usize,
    staged: Vec<u8>,
    launches: usize,
    encoder: Option<wgpu::CommandEncoder>,
    clock: Option<Clock>,
    started: Instant,
    trouble: Trouble,
    staging: Option<wgpu::Buffer>,
}

impl WgpuMachine {
    /// A device that is nobody else's: its errors and its loss become errors of the calls.
    pub fn owned(device: wgpu::Device, queue: wgpu::Queue, name: String) -> Self {
        let machine = Self::shared(device, queue, name);
        let trouble = machine.trouble.clone();
        machine.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| trouble.set(error.to_string())));
        let trouble = machine.trouble.clone();
        machine.device.set_device_lost_callback(move |reason, message| {
            trouble.set(format!("the device was lost ({reason:?}): {message}"));
        });
        machine
    }

    /// A device somebody else made, such as the viewer's; who made it hears of its errors and its loss.
    pub fn shared(device: wgpu::Device, queue: wgpu::Queue, name: String) -> Self {
        let slot_bytes = PARAMETER_BYTES.max(device.limits().min_uniform_buffer_offset_alignment as usize);
        let parameters = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: (LAUNCHES * slot_bytes) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            extras: extras(device.features()),
            clock: Clock::new(&device, &queue),
            pipelines: Pipelines::default(),
            parameters,
            slot_bytes,
            staged: Vec::new(),
            launches: 0,
            encoder: None,
            started: Instant::now(),
            trouble: Trouble::default(),
            staging: None,
            name,
            device,
            queue,
        }
    }

    /// The device itself.
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// Its queue.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// What the kernels are compiled with.
    pub fn extras(&self) -> Extras {
        self.extras
    }

    fn encoder(&mut self) -> &mut wgpu::CommandEncoder {
        let device = &self.device;
        self.encoder.get_or_insert_with(|| device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default()))
    }

    /// Submits what has been collected.
    pub fn flush(&mut self) {
        if let Some(encoder) = self.encoder.take() {
            if !self.staged.is_empty() {
                self.queue.write_buffer(&self.parameters, 0, &self.staged);
            }
            self.queue.submit([encoder.finish()]);
        }
        self.staged.clear();
        self.launches = 0;
    }

    /// Submits a copy of the first `bytes` of a buffer, waits for it and hands them over.
    fn fetch(&mut self, source: &wgpu::Buffer, bytes: u64, out: &mut [u8]) -> Result<()> {
        if self.staging.as_ref().is_none_or(|staging| staging.size() < bytes) {
            self.staging = Some(self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("staging"),
                size: bytes.next_multiple_of(65_536),
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }));
        }
        let Some(staging) = self.staging.clone() else { return Ok(()) };
        self.encoder().copy_buffer_to_buffer(source, 0, &staging, 0, bytes);
        self.flush();
        let (done, mapped) = bounded(1);
        staging.slice(..bytes).map_async(wgpu::MapMode::Read, move |result| {
            // Nobody waits any more only if polling failed, and that is reported.
            let _ = done.send(result);
        });
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        self.trouble.check()?;
        polled.map_err(|error| failure(&format!("waiting for the device failed: {error}")))?;
        match mapped.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(failure(&format!("reading from the device failed: {error}"))),
            Err(_) => return Err(failure("the device never answered")),
        }
        if !mapped_to(&staging, bytes, out) {
            return Err(failure("the device was destroyed while it was read from"));
        }
        staging.unmap();
        Ok(())
    }
}

/// Copies from a mapped buffer; `false` where its device has been destroyed since it was mapped, by whoever lent it: wgpu has
/// no answer to that but a panic.
fn mapped_to(staging: &wgpu::Buffer, bytes: u64, out: &mut [u8]) -> bool {
    let copy = || out.copy_from_slice(&staging.slice(..bytes).get_mapped_range()[..out.len()]);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(copy)).is_ok()
}

/// Words on their way from the device.
#[derive(Debug)]
pub struct Later {
    staging: wgpu::Buffer,
    mapped: Receiver<bool>,
}

impl Later {
    /// The words, once they have come; call [`WgpuMachine::hear`] before. Empty where the device has failed.
    pub fn take(&self) -> Option<Vec<u32>> {
        match self.mapped.try_recv() {
            Err(TryRecvError::Empty) => None,
            Ok(true) => {
                let mut words = vec![0; (self.staging.size() / 4) as usize];
                let read = mapped_to(&self.staging, self.staging.size(), bytemuck::cast_slice_mut(&mut words));
                Some(if read { words } else { Vec::new() })
            }
            Ok(false) | Err(TryRecvError::Disconnected) => Some(Vec::new()),
        }
    }
}

impl WgpuMachine {
    /// Copies the first words of a buffer from the device without waiting for it.
    pub fn read_later(&mut self, buffer: &wgpu::Buffer, words: usize) -> Later {
        let bytes = 4 * words.max(1) as u64;
        let staging = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("answer"),
            size: bytes,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.encoder().copy_buffer_to_buffer(buffer, 0, &staging, 0, bytes);
        self.flush();
        let (done, mapped) = bounded(1);
        staging.slice(..).map_async(wgpu::MapMode::Read, move |result| {
            // Nobody listens any more once the question is forgotten.
            let _ = done.send(result.is_ok());
        });
        Later { staging, mapped }
    }

    /// Takes note of what the device has done meanwhile, without waiting.
    pub fn hear(&self) {
        if let Err(error) = self.device.poll(wgpu::PollType::Poll) {
            tracing::debug!("asking the device failed: {error}");
        }
    }
}

impl Machine for WgpuMachine {
    type Buffer = wgpu::Buffer;

    fn name(&self) -> String {
        format!("wgpu ({})", self.name)
    }

    fn memory(&self) -> Option<DeviceMemory> {
        // A software device has no memory but the machine's, which is watched as such.
        let software = self.device.adapter_info().device_type == wgpu::DeviceType::Cpu;
        if software { None } else { memory_of(&self.device) }
    }

    fn alloc(&mut self, words: usize) -> Result<wgpu::Buffer> {
        if words > self.max_words() {
            return Err(failure(&format!("a buffer of {words} words is more than its limit of {}", self.max_words())));
        }
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: 4 * words.max(1) as u64,
            // Kernels also write the arguments of draws.
            usage: wgpu::BufferUsages::STORAGE
                | wgpu::BufferUsages::COPY_SRC
                | wgpu::BufferUsages::COPY_DST
                | wgpu::BufferUsages::INDIRECT,
            mapped_at_creation: false,
        });
        self.trouble.check()?;
        Ok(buffer)
    }

    fn words(buffer: &wgpu::Buffer) -> usize {
        (buffer.size() / 4) as usize
    }

    fn max_words(&self) -> usize {
        let limits = self.device.limits();
        (limits.max_buffer_size.min(limits.max_storage_buffer_binding_size) / 4) as usize
    }

    fn write(&mut self, buffer: &mut wgpu::Buffer, words: &[u32]) -> Result<()> {
        // Launches collected so far may still read what the buffer held.
        self.flush();
        self.queue.write_buffer(buffer, 0, bytemuck::cast_slice(words));
        self.trouble.check()
    }

    fn launch(
        &mut self,
        kernel: &'static Kernel,
        groups: [u32; 3],
        parameters: &[u32],
        buffers: &[&wgpu::Buffer],
    ) -> Result<()> {
        if self.launches == LAUNCHES {
            self.flush();
        }
        let pipeline = self.pipelines.get(&self.device, kernel, self.extras).clone();
        let offset = self.launches * self.slot_bytes;
        let mut slot = vec![0u8; self.slot_bytes];
        slot[..4 * parameters.len()].copy_from_slice(bytemuck::cast_slice(parameters));
        self.staged.extend(slot);
        self.launches += 1;
        let uniform = wgpu::BufferBinding {
            buffer: &self.parameters,
            offset: 0,
            size: wgpu::BufferSize::new(PARAMETER_BYTES as u64),
        };
        let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(uniform) }];
        for (at, buffer) in buffers.iter().enumerate() {
            entries.push(wgpu::BindGroupEntry { binding: at as u32 + 1, resource: buffer.as_entire_binding() });
        }
        let bound = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(kernel.entry),
            layout: &pipeline.layout,
            entries: &entries,
        });
        let mut pass = self
            .encoder()
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(kernel.entry), timestamp_writes: None });
        pass.set_pipeline(&pipeline.pipeline);
        pass.set_bind_group(0, &bound, &[offset as u32]);
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
        drop(pass);
        self.trouble.check()
    }

    fn read(&mut self, buffer: &wgpu::Buffer, words: &mut [u32]) -> Result<()> {
        if words.is_empty() {
            return self.trouble.check();
        }
        self.fetch(buffer, 4 * words.len() as u64, bytemuck::cast_slice_mut(words))
    }

    fn start_clock(&mut self) -> Result<()> {
        self.flush();
        if let Some(clock) = self.clock.take() {
            clock.mark(self.encoder(), 0);
            self.clock = Some(clock);
        } else {
            // Without a clock on the device, everything before must be done before the host's clock starts.
            self.device
                .poll(wgpu::PollType::wait_indefinitely())
                .map_err(|error| failure(&format!("waiting for the device failed: {error}")))?;
        }
        self.started = Instant::now();
        self.trouble.check()
    }

    fn stop_clock(&mut self) -> Result<f64> {
        let Some(clock) = self.clock.take() else {
            self.flush();
            self.device
                .poll(wgpu::PollType::wait_indefinitely())
                .map_err(|error| failure(&format!("waiting for the device failed: {error}")))?;
            self.trouble.check()?;
            return Ok(self.started.elapsed().as_secs_f64() * 1e3);
        };
        clock.mark(self.encoder(), 1);
        let resolved = clock.resolve(self.encoder()).clone();
        let mut marks = [0u64; 2];
        let fetched = self.fetch(&resolved, 16, bytemuck::cast_slice_mut(&mut marks));
        let elapsed = clock.milliseconds(marks[0], marks[1]);
        self.clock = Some(clock);
        fetched.map(|()| elapsed)
    }
}
