//! In: readings of the machine and of the run. Out: gauges, each with its last minutes.

use egui::{Align, CornerRadius, Layout, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::super::format;
use super::super::plots::remark;
use super::super::widgets::section;
use crate::model::{Reading, ViewModel};
use crate::theme::{Theme, space};

type Of = fn(&Reading) -> Option<f32>;

/// Height of a gauge's strip, in points.
const STRIP: f32 = 18.0;

/// What a gauge shows.
struct Gauge {
    name: &'static str,
    of: Of,
    /// The reading that fills the strip.
    whole: f32,
    /// From here on it is drawn as a warning.
    warns: f32,
    text: fn(f32) -> String,
}

fn percent(value: f32) -> String {
    format::percent(f64::from(value))
}

const GAUGES: [Gauge; 6] = [
    Gauge { name: "Processor", of: |r| r.cpu, whole: 1.0, warns: 0.95, text: percent },
    Gauge { name: "Memory", of: |r| r.memory, whole: 1.0, warns: 0.9, text: percent },
    Gauge { name: "Graphics processor", of: |r| r.gpu, whole: 1.0, warns: 0.98, text: percent },
    Gauge { name: "Graphics memory", of: |r| r.vram, whole: 1.0, warns: 0.9, text: percent },
    Gauge { name: "Queue", of: |r| r.queue, whole: 1.0, warns: 0.9, text: percent },
    Gauge { name: "Frames per second", of: |r| r.fps, whole: 60.0, warns: f32::INFINITY, text: |v| format!("{v:.0}") },
];

pub(super) fn gauges_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    section(ui, theme, "This machine, last four minutes");
    let mut unknown = Vec::new();
    for gauge in &GAUGES {
        match vm.readings.last().and_then(gauge.of) {
            Some(newest) => gauge_ui(ui, theme, vm, gauge, newest),
            None => unknown.push(gauge.name),
        }
    }
    for name in unknown {
        let text = format!("{name}: not known");
        remark(ui, theme, text);
    }
    if let Some(overload) = vm.readings.last().and_then(|reading| reading.overload) {
        let text = if overload >= 1.0 {
            format!("Discovery would need {overload:.1} times the time there is.")
        } else {
            format!("Keeping up takes {} of the time there is.", percent(overload))
        };
        remark(ui, theme, text);
    }
    if let Some(bytes) = vm.readings.last().and_then(|reading| reading.own_bytes) {
        let text = format!(
            "This program holds {}, of it {} for the recording.",
            format::bytes(bytes),
            format::bytes(vm.recording.bytes() as u64)
        );
        remark(ui, theme, text);
    }
}

/// A name, the newest value, and the last minutes as a filled line.
fn gauge_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, gauge: &Gauge, newest: f32) {
    let text = (gauge.text)(newest);
    ui.horizontal(|ui| {
        ui.label(RichText::new(gauge.name).color(theme.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(&text).color(theme.text_strong));
        });
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), STRIP), Sense::hover());
    let label = format!("{}: {text}", gauge.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ProgressIndicator, true, &label));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(2), theme.field);
    let color = if newest >= gauge.warns { theme.warning } else { theme.accent_text };
    let kept = crate::model::Readings::KEPT as f32;
    let step = rect.width() / kept;
    let count = vm.readings.iter().count();
    let mut line: Vec<Pos2> = Vec::with_capacity(count);
    for (at, reading) in vm.readings.iter().enumerate() {
        let x = rect.right() - (count - 1 - at) as f32 * step;
        match (gauge.of)(reading) {
            Some(value) => {
                let share = (value / gauge.whole).clamp(0.0, 1.0);
                line.push(pos2(x, rect.bottom() - 1.0 - share * (rect.height() - 2.0)));
            }
            None => flush(&painter, rect, color, &mut line),
        }
    }
    flush(&painter, rect, color, &mut line);
    ui.add_space(space::XS);
}

/// Draws an unbroken run of readings and begins the next.
fn flush(painter: &egui::Painter, rect: Rect, color: egui::Color32, line: &mut Vec<Pos2>) {
    let mut mesh = egui::Mesh::default();
    let fill = color.gamma_multiply(0.22);
    for (at, place) in line.iter().enumerate() {
        mesh.colored_vertex(*place, fill);
        mesh.colored_vertex(pos2(place.x, rect.bottom()), fill);
        if at > 0 {
            let last = 2 * at as u32;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    painter.add(Shape::mesh(mesh));
    painter.add(Shape::line(std::mem::take(line), Stroke::new(1.2, color)));
}
