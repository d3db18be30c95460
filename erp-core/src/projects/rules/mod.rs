//! The module's decisions: pure functions.

mod attachment;
mod calendar;
mod checklist;
mod comment;
mod ends;
mod from_template;
mod graph;
mod links;
mod milestone;
mod phase;
mod phase_budget;
mod progress;
mod project;
mod rate;
mod ready;
mod reschedule;
mod schedule;
mod search;
mod task;
mod template;
mod template_phases;
mod time;

pub use attachment::{check_attachment_link, check_file, check_on_a_task, check_pending_files};
pub use calendar::{WorkTime, check_calendar};
pub use checklist::{check_room, replace_checklist, tick};
pub use comment::shown;
pub use ends::check_lag;
pub use from_template::{
    FirstPhase, FirstTask, FirstThings, Offsets, check_roles, first_things, kept_roles,
};
pub use graph::{
    blocking, check_graph, check_link, check_move, deleted_with, live_part, open_blockers,
    restored_with, ring,
};
pub use links::Links;
pub use milestone::{by_milestone, finishes, milestone_health, progress};
pub use phase::{OnOverlap, arrange, check_gates, check_phase, current_phase};
pub use phase_budget::check_budgets;
pub use progress::percent_by_count;
pub use project::{
    check_details, history_shows_values, keeps_an_owner, may_set_role, project_code,
    project_transition,
};
pub use rate::{cost, rate_on, rated_spans};
pub use ready::held_up;
pub use reschedule::{Earlier, NewDates, reschedule};
pub use schedule::{Planned, PlannedTask, ProjectSchedule, Schedule, schedule, schedule_in};
pub use search::{comment_words, query_words, task_words};
pub use task::{check_task, completed_at, overdue, task_transition};
pub use template::check_template;
pub use time::{check_overlap, check_time, overlap};
