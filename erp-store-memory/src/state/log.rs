//! The event log: positions 1, 2, 3 … without holes.

use std::sync::Arc;

use chrono::NaiveTime;
use erp_core::{
    change::{Allocated, Epoch, Event, NewEvent, Position},
    ctx::Actor,
    inventory::StockOutcome,
    port::{EventBatch, IdGenerator},
    system::SystemIds,
    time::Timestamp,
};
use imbl::Vector;

#[derive(Clone)]
pub(crate) struct Log {
    pub epoch: Epoch,
    /// The last position that retention dropped.
    horizon: Position,
    /// The event of position p at index p - horizon - 1.
    events: Vector<Arc<Event>>,
}

impl Log {
    pub fn new() -> Self {
        Self {
            epoch: Epoch(SystemIds.uuid().simple().to_string()),
            horizon: Position::START,
            events: Vector::new(),
        }
    }

    pub fn horizon(&self) -> Position {
        self.horizon
    }

    /// The last position: commits are serial, so nothing can appear before it.
    pub fn settled(&self) -> Position {
        Position(self.horizon.0 + count(self.events.len()))
    }

    /// Writes an event, with what was allocated for its slot, or what the change of its slot came to.
    pub fn append(
        &mut self,
        at: Timestamp,
        actor: Actor,
        event: NewEvent,
        slots: &[Allocated],
        stock: &[(usize, StockOutcome)],
    ) {
        let NewEvent { mut body, audience, slot, exclude } = event;
        if let Some(number) = slot.and_then(|index| slots.get(index)?.number) {
            body.fill(number);
        }
        if let Some((_, outcome)) = stock.iter().find(|(index, _)| slot == Some(*index)) {
            body.fill_stock(outcome);
        }
        let position = Position(self.settled().0 + 1);
        self.events.push_back(Arc::new(Event { position, at, actor, body, audience, exclude }));
    }

    pub fn read(&self, after: Position, limit: usize) -> EventBatch {
        let start = after.max(self.horizon);
        let skip = usize::try_from(start.0 - self.horizon.0).unwrap_or(usize::MAX);
        let end = skip.saturating_add(limit).min(self.events.len());
        let mut focus = self.events.focus();
        let events: Vec<_> = (skip..end).filter_map(|index| focus.get(index).cloned()).collect();
        let reached = match events.last() {
            Some(last) if events.len() == limit => last.position,
            None if limit == 0 => start,
            _ => self.settled(),
        };
        EventBatch { events, reached }
    }

    /// Drops the days (UTC) at the log's beginning that lie entirely before this instant. Returns
    /// what was dropped, which may take long to free.
    pub fn drop_before(&mut self, before: Timestamp) -> impl Sized + use<> {
        let start_of_day = before.date_naive().and_time(NaiveTime::MIN).and_utc();
        let dropped = self.events.iter().take_while(|event| event.at < start_of_day).count();
        let kept = self.events.split_off(dropped);
        self.horizon = Position(self.horizon.0 + count(dropped));
        std::mem::replace(&mut self.events, kept)
    }
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use erp_core::change::BroadcastEvent;

    use super::*;

    fn log_of(times: &[&str]) -> Log {
        let mut log = Log::new();
        for at in times {
            let body = BroadcastEvent::Sent { name: String::new(), payload: ().into() };
            log.append(at.parse().unwrap(), Actor::System, NewEvent::new(body, []), &[], &[]);
        }
        log
    }

    #[test]
    fn retention_drops_whole_days_from_the_beginning_alone() {
        let mut log = log_of(&[
            "2024-03-01T00:00:00Z",
            "2024-03-01T23:59:59.999999Z",
            "2024-03-02T00:00:00Z",
            "2024-03-01T12:00:00Z",
        ]);
        let _ = log.drop_before("2024-03-01T23:59:59.999999Z".parse().unwrap());
        assert_eq!(log.horizon(), Position(0), "the day is not over");
        let _ = log.drop_before("2024-03-02T18:00:00Z".parse().unwrap());
        assert_eq!((log.horizon(), log.settled()), (Position(2), Position(4)));
        let left: Vec<_> = log.read(Position(0), 9).events.iter().map(|e| e.position.0).collect();
        assert_eq!(left, [3, 4], "no hole behind an event of an earlier day");
    }

    #[test]
    fn a_full_batch_reaches_its_last_event_and_another_the_settled_mark() {
        let log = log_of(&["2024-03-01T00:00:00Z"; 3]);
        let read = |after, limit| {
            let batch = log.read(Position(after), limit);
            (batch.events.len(), batch.reached.0)
        };
        assert_eq!([read(0, 2), read(0, 3), read(0, 9)], [(2, 2), (3, 3), (3, 3)]);
        assert_eq!([read(3, 9), read(7, 9), read(1, 0)], [(0, 3), (0, 3), (0, 1)]);
    }
}
