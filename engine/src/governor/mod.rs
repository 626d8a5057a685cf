//! In: readings of the machine and of the engine. Out: limits for the other subsystems, and a record of each decision.
//!
//! ```text
//! sensors → profiler → policy, lever → control → actuators → knobs of the subsystems
//!                                         └→ monitor, bus
//! ```
//!
//! [`Control`] is the law and knows no clock and no machine; [`Governor`] runs it on a thread, [`replay`] on a recorded
//! trace, [`plant`] on a simulated machine.

mod actuators;
mod config;
mod control;
mod lever;
mod metric;
mod monitor;
pub mod plant;
mod policy;
mod profiler;
pub mod replay;
mod rules;
mod run;
mod sensors;

pub use actuators::{FederationHandle, MetaHandle, MpieHandle, Registry, SimulationHandle, StreamHandle, Subsystem};
pub use config::{DrgConfig, LatencyScope, MonitorConfig, ProfilerConfig, SensorConfig};
pub use control::{Control, Request};
pub use lever::LeverKey;
pub use metric::{METRICS, Metric, Response};
pub use monitor::{Line, Monitor};
pub use profiler::{Kalman, Profiler};
pub use rules::{Direction, Guard, Policies, PolicyRule, actions_of};
pub use run::{Command, Governor, Parts};
pub use sensors::{Cgroup, EngineSensor, Gauges, GpuReading, GpuSensor, Nvml, NvmlSource, Sensor, of_machine};
