//! Scenarios of records, through the engine's service. Registered as those of `access` are.

pub mod loans;
pub mod specimens;
pub mod trees;

#[doc(hidden)]
#[macro_export]
macro_rules! __records_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] records (scenarios::records) {
            specimens {
                a_record_is_written_with_its_audit_and_its_event
                x_6_a_record_that_is_created_again_is_created_once
                a_sensitive_field_is_kept_out_of_events_audit_and_stored_answers
                x_17_all_wrong_fields_of_a_record_are_told_by_path
                x_23_rights_come_before_presence_versions_and_fields
                auth_8_who_has_lost_his_rights_writes_no_record
                what_goes_along_with_a_change_is_written_with_it
                a_record_is_archived_and_restored_once
            }
            loans {
                x_9_a_deleted_record_is_gone_until_it_is_restored
            }
            trees {
                a_tree_is_listed_whole_by_name
                a_record_never_lies_in_itself
                x_18_of_two_moves_that_close_a_ring_one_happens
                x_18_many_moves_at_once_leave_a_tree
                what_something_lies_in_is_not_removed
            }
        } }
    };
}
