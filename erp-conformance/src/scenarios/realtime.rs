//! Scenarios of broadcasts and presence, through the engine's services. Registered as those of
//! `access` are.

pub mod broadcasts;
pub mod online;

#[doc(hidden)]
#[macro_export]
macro_rules! __realtime_scenarios {
    ($callback:ident $(, $factory:expr)?) => {
        $crate::$callback! { [$($factory)?] realtime (scenarios::realtime) {
            broadcasts {
                bc_1_a_broadcast_is_one_event_for_its_audience
                bc_5_a_broadcast_to_nobody_is_in_the_log
                bc_6_the_sending_connection_alone_is_left_out
                x_6_a_broadcast_that_is_sent_again_is_in_the_log_once
                x_7_who_may_not_broadcast_is_refused
                what_is_too_long_is_refused
            }
            online {
                pres_3_a_reconnect_within_the_grace_is_no_event
                pres_4_connections_that_are_not_renewed_end
                pres_8_a_lease_outlives_three_heartbeats
                pres_9_a_caller_sees_those_whom_he_may_see
            }
        } }
    };
}
