//! From moments to places: a time axis that is true to scale except where nothing happened for long, and rows in which
//! labels do not run into each other.

use chrono::{Datelike as _, Duration, NaiveTime, Timelike as _};

use crate::clock::Timestamp;

/// A stretch in which nothing happened for longer than this is folded, and the fold is drawn.
const LONGEST_IDLE: Duration = Duration::hours(60);
/// The hours that a folded stretch takes the place of.
const FOLDED: Duration = Duration::hours(9);

/// A piecewise linear axis.
pub(super) struct Scale {
    pieces: Vec<Piece>,
}

struct Piece {
    from: Timestamp,
    until: Timestamp,
    x_from: f64,
    x_until: f64,
    folded: bool,
}

/// A place on the axis where a day or an hour begins.
pub(super) struct Tick {
    pub at: Timestamp,
    pub x: f64,
    pub kind: TickKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TickKind {
    Midnight,
    Hour,
    /// The axis begins here, or goes on after a fold: the day has to be said once more.
    Beginning,
}

impl Scale {
    /// An axis from the first to the last of the sorted moments, between two places.
    pub fn over(moments: &[Timestamp], left: f64, right: f64) -> Scale {
        let first = moments.first().copied().unwrap_or_default();
        let last = moments.last().copied().unwrap_or_default();
        // An hour at least, so that a work sample that has only begun has an axis too.
        let end = last.max(first + Duration::hours(1));
        let mut stretches: Vec<(Timestamp, Timestamp, bool)> = Vec::new();
        let mut open = first;
        for pair in moments.windows(2) {
            if let [from, until] = *pair
                && until - from > LONGEST_IDLE
            {
                // Some hours on both sides stay to scale, so that what happened does not stick to the fold.
                let (fold, unfold) = (from + Duration::hours(3), until - Duration::hours(3));
                stretches.push((open, fold, false));
                stretches.push((fold, unfold, true));
                open = unfold;
            }
        }
        stretches.push((open, end, false));
        let weight = |&(from, until, folded): &(Timestamp, Timestamp, bool)| {
            (if folded { FOLDED } else { until - from }).num_seconds() as f64
        };
        let whole: f64 = stretches.iter().map(weight).sum();
        let mut x = left;
        let pieces = stretches
            .iter()
            .map(|stretch| {
                let x_from = x;
                x += weight(stretch) / whole * (right - left);
                Piece {
                    from: stretch.0,
                    until: stretch.1,
                    x_from,
                    x_until: x,
                    folded: stretch.2,
                }
            })
            .collect();
        Scale { pieces }
    }

    pub fn ends(&self) -> (Timestamp, Timestamp) {
        let first = self.pieces.first().map(|piece| piece.from);
        let last = self.pieces.last().map(|piece| piece.until);
        (first.unwrap_or_default(), last.unwrap_or_default())
    }

    pub fn holds(&self, at: Timestamp) -> bool {
        let (first, last) = self.ends();
        (first..=last).contains(&at)
    }

    /// The place of a moment; moments off the axis stand at its nearer end.
    pub fn x(&self, at: Timestamp) -> f64 {
        let Some(piece) = self
            .pieces
            .iter()
            .find(|piece| at <= piece.until)
            .or(self.pieces.last())
        else {
            return 0.0;
        };
        let whole = (piece.until - piece.from).num_seconds().max(1) as f64;
        let part = (at - piece.from).num_seconds() as f64 / whole;
        piece.x_from + part.clamp(0.0, 1.0) * (piece.x_until - piece.x_from)
    }

    /// Where the folds begin and end.
    pub fn folds(&self) -> impl Iterator<Item = (f64, f64, Duration)> {
        self.pieces
            .iter()
            .filter(|piece| piece.folded)
            .map(|piece| (piece.x_from, piece.x_until, piece.until - piece.from))
    }

    fn pixels_per_hour(&self) -> f64 {
        self.pieces
            .iter()
            .find(|piece| !piece.folded)
            .map_or(0.0, |piece| {
                (piece.x_until - piece.x_from)
                    / (piece.until - piece.from).num_seconds().max(1) as f64
                    * 3600.0
            })
    }

    /// Midnights, and hours between them as dense as they can be read, outside of folds.
    pub fn ticks(&self) -> Vec<Tick> {
        let per_hour = self.pixels_per_hour();
        let step = [1_u32, 3, 6, 12]
            .into_iter()
            .find(|hours| f64::from(*hours) * per_hour >= 26.0)
            .unwrap_or(24);
        let mut ticks = Vec::new();
        for piece in self.pieces.iter().filter(|piece| !piece.folded) {
            let mut at = piece
                .from
                .with_time(NaiveTime::MIN)
                .single()
                .unwrap_or(piece.from);
            if at < piece.from {
                ticks.push(Tick {
                    at: piece.from,
                    x: piece.x_from,
                    kind: TickKind::Beginning,
                });
            }
            while at <= piece.until {
                if at >= piece.from {
                    let kind = if at.hour() == 0 {
                        TickKind::Midnight
                    } else {
                        TickKind::Hour
                    };
                    ticks.push(Tick {
                        at,
                        x: self.x(at),
                        kind,
                    });
                }
                at += Duration::hours(i64::from(step));
            }
        }
        ticks
    }
}

impl Tick {
    /// `Mon 2 Mar` for a day, `06` for an hour; a shorter form where there is less room.
    pub fn label(&self, room: f64) -> String {
        if self.kind == TickKind::Hour {
            format!("{:02}", self.at.hour())
        } else if room >= 62.0 {
            self.at.format("%a %-d %b").to_string()
        } else {
            self.at.day().to_string()
        }
    }
}

/// Rows filled from the left: each piece goes to the first row that is free there.
#[derive(Default)]
pub(super) struct Rows {
    reached: Vec<f64>,
}

impl Rows {
    pub fn place(&mut self, left: f64, right: f64) -> usize {
        match self.reached.iter().position(|reached| *reached <= left) {
            Some(row) => {
                self.reached[row] = right;
                row
            }
            None => {
                self.reached.push(right);
                self.reached.len() - 1
            }
        }
    }

    pub fn count(&self) -> usize {
        self.reached.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(hours: i64) -> Timestamp {
        "2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap() + Duration::hours(hours)
    }

    #[test]
    fn a_long_idle_stretch_is_folded_and_a_night_is_not() {
        let scale = Scale::over(
            &[hours(0), hours(14), hours(24), hours(24 * 20)],
            0.0,
            1000.0,
        );
        assert_eq!(scale.folds().count(), 1);
        assert!(scale.x(hours(24)) > 400.0, "what happened keeps its room");
        assert_eq!(
            Scale::over(&[hours(0), hours(14)], 0.0, 1000.0)
                .folds()
                .count(),
            0
        );
    }

    proptest! {
        #[test]
        fn later_is_never_further_left_and_the_ends_are_kept(mut at in proptest::collection::vec(0_i64..2000, 1..20)) {
            at.sort_unstable();
            let moments: Vec<_> = at.iter().map(|hour| hours(*hour)).collect();
            let scale = Scale::over(&moments, 10.0, 500.0);
            let places: Vec<f64> = moments.iter().map(|at| scale.x(*at)).collect();
            prop_assert!(places.is_sorted(), "{places:?}");
            prop_assert!(places.iter().all(|x| (10.0..=500.001).contains(x)), "{places:?}");
        }

        #[test]
        fn nothing_in_one_row_overlaps(mut pieces in proptest::collection::vec((0.0_f64..900.0, 1.0_f64..90.0), 0..40)) {
            pieces.sort_by(|one, two| one.0.total_cmp(&two.0));
            let mut rows = Rows::default();
            let placed: Vec<_> = pieces.iter().map(|(left, width)| (rows.place(*left, left + width), *left, left + width)).collect();
            for (index, one) in placed.iter().enumerate() {
                for two in &placed[index + 1..] {
                    prop_assert!(one.0 != two.0 || one.2 <= two.1 || two.2 <= one.1, "{one:?} {two:?}");
                }
            }
        }
    }
}
