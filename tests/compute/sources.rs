//! Every kernel in both languages: it validates, it compiles, and both agree with the kernel table.

use std::collections::BTreeSet;
use std::path::PathBuf;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use scarcity_engine::compute::cuda;
use scarcity_engine::compute::gpu::kernel::{Access, Extras, KERNELS, Kernel, LAYOUT_KERNELS, PARAMETER_BYTES};

use super::devices::required;

fn kernels() -> impl Iterator<Item = &'static Kernel> {
    KERNELS.iter().chain(LAYOUT_KERNELS).copied()
}

/// Where the shaders are when the tests run, which need not be where they were built.
fn shaders() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from).join("../shaders")
}

fn parse(kernel: &Kernel, extras: Extras) -> naga::Module {
    let source = kernel.wgsl_module(extras);
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|e| panic!("{} {extras:?}: {}", kernel.entry, e.emit_to_string(&source)));
    // Packed halves are part of every adapter wgpu computes on.
    let mut capabilities = Capabilities::default() | Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    capabilities.set(Capabilities::SHADER_FLOAT16, extras.half);
    capabilities.set(Capabilities::SUBGROUP, extras.subgroups);
    let mut validator = Validator::new(ValidationFlags::all(), capabilities);
    validator
        .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
        .subgroup_operations(naga::valid::SubgroupOperationSet::all())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{} {extras:?}: {}", kernel.entry, e.emit_to_string(&source)));
    module
}

#[test]
fn every_kernel_validates_with_and_without_half_precision_and_subgroups() {
    for kernel in kernels() {
        for extras in Extras::ALL {
            parse(kernel, extras);
        }
    }
}

#[test]
fn the_kernel_table_agrees_with_the_shaders() {
    for kernel in kernels() {
        let module = parse(kernel, Extras::default());
        let entry = module.entry_points.iter().find(|e| e.name == kernel.entry);
        let entry = entry.unwrap_or_else(|| panic!("{}: there is no such entry point", kernel.entry));
        assert_eq!(entry.workgroup_size, [kernel.threads, 1, 1], "{}", kernel.entry);
        let mut buffers = vec![None; kernel.buffers.len()];
        for (_, variable) in module.global_variables.iter() {
            let Some(binding) = &variable.binding else { continue };
            assert_eq!(binding.group, 0, "{}", kernel.entry);
            match variable.space {
                naga::AddressSpace::Uniform => {
                    assert_eq!(binding.binding, 0, "{}: parameters are binding 0", kernel.entry);
                    let mut layouter = naga::proc::Layouter::default();
                    layouter.update(module.to_ctx()).unwrap();
                    assert!(layouter[variable.ty].size as usize <= PARAMETER_BYTES, "{}", kernel.entry);
                }
                naga::AddressSpace::Storage { access } => {
                    let writes = access.contains(naga::StorageAccess::STORE);
                    let slot = buffers.get_mut(binding.binding as usize - 1);
                    *slot.unwrap_or_else(|| {
                        panic!("{}: binding {} is not in the table", kernel.entry, binding.binding)
                    }) = Some(if writes { Access::Write } else { Access::Read });
                }
                other => panic!("{}: a binding in {other:?}", kernel.entry),
            }
        }
        let listed: Vec<_> = kernel.buffers.iter().copied().map(Some).collect();
        assert_eq!(buffers, listed, "{}", kernel.entry);
    }
}

#[test]
fn every_compute_shader_has_its_twin_and_is_in_the_table() {
    let folder = shaders();
    let mut stems: BTreeSet<(String, String)> = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let part = |p: Option<&std::ffi::OsStr>| p.unwrap().to_string_lossy().into_owned();
            stems.insert((part(path.file_stem()), part(path.extension())));
        }
    }
    assert!(!stems.is_empty());
    for (stem, extension) in &stems {
        let twin = if extension == "cu" { "wgsl" } else { "cu" };
        assert!(stems.contains(&(stem.clone(), twin.to_owned())), "{stem}.{extension} has no {stem}.{twin}");
        let text = std::fs::read_to_string(folder.join(format!("{stem}.{extension}")));
        let text = text.unwrap();
        assert!(
            kernels().any(|k| k.wgsl == text || k.cuda == text),
            "{stem}.{extension} is in no row of the kernel table"
        );
    }
}

#[test]
fn every_cuda_kernel_compiles_for_each_architecture() {
    if !cuda::compiler_present() {
        assert!(!required("nvrtc"), "SCARCITY_REQUIRE asks for nvrtc and libnvrtc is not in the library path");
        println!("not run: libnvrtc is not in the library path");
        return;
    }
    for kernel in kernels() {
        for capability in [75, 80, 90] {
            let ptx = cuda::compile(kernel, capability).unwrap();
            assert!(ptx.contains(&format!(".entry {}(", kernel.entry)), "{} for sm_{capability}", kernel.entry);
            // Binding 0 and the buffers: as many parameters as the table says.
            let head = &ptx[ptx.find(".entry").unwrap()..];
            let head = &head[..head.find(')').unwrap()];
            assert_eq!(head.matches(".param").count(), 1 + kernel.buffers.len(), "{}", kernel.entry);
        }
    }
}
