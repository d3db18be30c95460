//! Medians and ratios.

/// The median of these values; 0 of none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

/// A measured figure beside its baseline and its target.
pub struct Figure {
    /// What was measured.
    pub what: String,
    /// Ours, in `unit`.
    pub ours: f64,
    /// The baseline from the same run, in `unit`.
    pub baseline: f64,
    /// The unit of both.
    pub unit: &'static str,
    /// What the ratio is held against, as text.
    pub target: &'static str,
}

impl Figure {
    /// Prints a row of a Markdown table.
    pub fn print(&self) {
        let ratio = if self.baseline == 0.0 { f64::NAN } else { self.ours / self.baseline };
        println!(
            "| {} | {:.3} {unit} | {:.3} {unit} | {ratio:.2} | {} |",
            self.what,
            self.ours,
            self.baseline,
            self.target,
            unit = self.unit,
        );
    }

    /// Prints the head of that table.
    pub fn print_head() {
        println!("| what | ours | baseline | ratio | target |\n|---|---|---|---|---|");
    }
}
