//! In: this machine. Out: whether a window can open and a graphics driver is there, else the sentence that helps.

use std::env;

use anyhow::bail;

/// Whether a window can be opened.
///
/// # Errors
/// Says what is missing and which way works without it.
pub fn check_display() -> anyhow::Result<()> {
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    let set = |name: &str| env::var_os(name).is_some_and(|v| !v.is_empty());
    if uses_wayland() {
        return Ok(());
    }
    if !set("DISPLAY") {
        if set("WAYLAND_DISPLAY") {
            bail!(
                "this build opens X11 windows and DISPLAY is not set; install XWayland, or build with --features wayland"
            );
        }
        bail!(
            "there is no display here (DISPLAY and WAYLAND_DISPLAY are not set); \
             use `scarcity-viewer --screenshot OUT.png FILE` for a picture, or `scarcity discover FILE` for a table"
        );
    }
    let display = env::var("DISPLAY").unwrap_or_default();
    if !x11_answers(&display) {
        bail!("no X server answers on DISPLAY={display}; check that it runs and that you may use it");
    }
    Ok(())
}

/// Whether the window will be a Wayland one, where the window system delivers no drops.
pub fn uses_wayland() -> bool {
    cfg!(feature = "wayland") && env::var_os("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty())
}

/// Asked before the window library does, which would end in a crash report instead of a sentence.
#[cfg(target_os = "linux")]
fn x11_answers(display: &str) -> bool {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};

    let Some((host, number)) = display.rsplit_once(':') else { return false };
    let number = number.split('.').next().unwrap_or_default();
    let Ok(number) = number.parse::<u16>() else { return false };
    if !host.is_empty() && !host.starts_with("unix") {
        // A forwarded display; only the server itself can tell.
        return std::net::TcpStream::connect((host, 6000 + number)).is_ok();
    }
    let path = format!("/tmp/.X11-unix/X{number}");
    UnixStream::connect(&path).is_ok()
        || SocketAddr::from_abstract_name(&path).is_ok_and(|name| UnixStream::connect_addr(&name).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn x11_answers(_display: &str) -> bool {
    true
}

/// Graphics interfaces that can draw the scene.
pub fn backends() -> wgpu::Backends {
    wgpu::Backends::from_env().unwrap_or(wgpu::Backends::PRIMARY)
}

/// Whether there is an adapter to draw with.
///
/// # Errors
/// Says what to install.
pub fn check_adapter() -> anyhow::Result<()> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends();
    let instance = wgpu::Instance::new(descriptor);
    let options = wgpu::RequestAdapterOptions::default();
    if bevy::tasks::block_on(instance.request_adapter(&options)).is_ok() {
        return Ok(());
    }
    bail!(
        "no Vulkan driver was found; install the one for your graphics card, or the software one: \
         `mesa-vulkan-drivers` (Debian, Ubuntu, Fedora), `vulkan-swrast` (Arch), `libvulkan_lvp` (openSUSE)"
    )
}
