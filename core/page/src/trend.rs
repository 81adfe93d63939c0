//! A small picture of how a number went.

use std::fmt::Write as _;

/// As many numbers as a small picture shows.
pub(crate) const MOST_POINTS: usize = 24;

/// A line through numbers, each as far from the one before it, between the least and the greatest.
pub(crate) struct Trend {
    /// The points of an SVG `polyline` in a box of 100 by 24.
    pub(crate) points: String,
    /// The numbers, for who sees no picture.
    pub(crate) numbers: String,
}

impl Trend {
    /// Draws numbers, oldest first; nothing of fewer than two.
    pub(crate) fn of(numbers: &[f64]) -> Option<Self> {
        if numbers.len() < 2 {
            return None;
        }
        let (least, greatest) =
            numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), it| (a.min(*it), b.max(*it)));
        // Halves, since the range of two finite numbers need not be finite.
        let range = greatest / 2.0 - least / 2.0;
        let mut points = String::new();
        let step = 96.0 / f64::from(u32::try_from(numbers.len() - 1).unwrap_or(u32::MAX));
        let mut x = 2.0;
        for number in numbers {
            let part = if range > 0.0 { (number / 2.0 - least / 2.0) / range } else { 0.5 };
            // Writing to a string does not fail.
            let _ = write!(points, "{x:.1},{:.1} ", 22.0 - 20.0 * part);
            x += step;
        }
        let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
        Some(Self { points: points.trim_end().to_owned(), numbers: numbers.join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_drawn_between_the_least_and_the_greatest() {
        let points = |numbers: &[f64]| Trend::of(numbers).map(|trend| trend.points);
        assert_eq!(points(&[5.0]), None);
        assert_eq!(points(&[4.0, 8.0, 6.0]).unwrap(), "2.0,22.0 50.0,2.0 98.0,12.0");
        assert_eq!(points(&[7.0, 7.0]).unwrap(), "2.0,12.0 98.0,12.0");
        assert_eq!(points(&[f64::MIN, f64::MAX]).unwrap(), "2.0,22.0 98.0,2.0");
        assert_eq!(Trend::of(&[4.25, 8.0]).unwrap().numbers, "4.25, 8");
    }
}
