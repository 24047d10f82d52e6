"""What the services of events refuse with, each with a code for programs and a sentence for people."""

from django.utils.translation import gettext_lazy as _

from portal.errors import DomainError, InvalidInput


class EventNotFound(DomainError):
    """There is no such event that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such event.")


class RegistrationNotFound(DomainError):
    """There is no such registration that the acting person may see."""

    code = "not_found"
    status = 404
    message = _("There is no such registration.")


class EventStateRefused(DomainError):
    """The state that is asked for cannot follow the present one (E1); ``details["state"]``."""

    code = "wrong_state"
    message = _("The event cannot go from its present state to this one.")


class EventClosed(DomainError):
    """A completed or cancelled event is not changed any more."""

    code = "event_closed"
    message = _("This event is over; it cannot be changed any more.")


# --- what is written ------------------------------------------------------------------------------
class NoSessions(InvalidInput):
    """An event has at least one session."""

    code = "no_sessions"
    message = _("Say when the event takes place.")


class SessionEndsBeforeStart(InvalidInput):
    """A session ends before it starts, or with it."""

    code = "ends_before_start"
    message = _("A session must end after it starts.")


class SessionsOverlap(InvalidInput):
    """Two sessions of the event overlap."""

    code = "sessions_overlap"
    message = _("Two sessions overlap.")


class SessionsOnOneDay(InvalidInput):
    """An event of several days has one session a day."""

    code = "sessions_on_one_day"
    message = _("An event has one session a day.")


class SessionTooLong(InvalidInput):
    """A session is no longer than a day: longer events have several."""

    code = "session_too_long"
    message = _("A session lasts a day at most. Give longer events one session a day.")


class TooManySessions(InvalidInput):
    """More sessions than an event may have."""

    code = "too_many_sessions"
    message = _("These are too many sessions for one event.")


class SessionInThePast(DomainError):
    """What is scheduled lies in the future."""

    code = "in_the_past"
    message = _("An event starts in the future.")


class SessionWasAttended(DomainError):
    """A day on which attendance was taken is not taken away."""

    code = "session_attended"
    message = _("Attendance was taken on a day that would be gone.")


class CapacityBelowRegistered(DomainError):
    """Fewer places than are registered; ``details["registered"]`` says how many."""

    code = "capacity_below_registered"
    message = _("More people are registered than this.")


class HallTooSmall(DomainError):
    """The event's hall holds fewer; ``details["capacity"]`` says how many."""

    code = "hall_too_small"
    message = _("The hall is too small for so many people.")


class HallElsewhere(InvalidInput):
    """Halls are of the club's institution."""

    code = "hall_elsewhere"
    message = _("This hall belongs to another institution.")


# --- registering ----------------------------------------------------------------------------------
class ChooseWhom(DomainError):
    """A parent has to say which child is meant (P10)."""

    code = "choose_student"
    status = 400
    message = _("Choose who is to be registered.")


class EventCancelled(DomainError):
    """The event does not take place."""

    code = "event_cancelled"
    message = _("This event was cancelled.")


class RegistrationNotOpenYet(DomainError):
    """The window opens later; ``details["opens"]``."""

    code = "registration_not_open"
    message = _("Registration for this event has not opened yet.")


class RegistrationClosed(DomainError):
    """The window is over, or the event has begun (E4, E13)."""

    code = "registration_closed"
    message = _("Registration for this event is closed.")


class EventHasBegun(DomainError):
    """Cancelling a registration is possible until the start (E4)."""

    code = "event_has_begun"
    message = _("The event has begun; the registration cannot be cancelled any more.")


class NotForYou(DomainError):
    """The event is for other departments or semesters."""

    code = "not_in_audience"
    status = 403
    message = _("This event is for other departments or semesters.")


class StudentNotActive(DomainError):
    """A student who is on leave, has left or graduated."""

    code = "student_not_active"
    message = _("Only an active student can register.")


class EventFull(DomainError):
    """No place is free, and there is no waiting list (E4)."""

    code = "capacity_reached"
    message = _("The event is full.")


class RegistrationRejected(DomainError):
    """The organizers decided against this registration (E12)."""

    code = "registration_rejected"
    message = _("The organizers did not approve this registration.")


class RegistrationDecided(DomainError):
    """The state that is asked for cannot follow the present one."""

    code = "wrong_state"
    message = _("This was decided already.")


class AnswerMissing(InvalidInput):
    """A question that must be answered was not (E12); ``param`` is the question's id."""

    code = "required"
    message = _("Answer this question.")


class AnswerUnfit(InvalidInput):
    """An answer that is none of the choices, too long, or to no question of the event (E12)."""

    code = "invalid"
    message = _("This answer does not fit the question.")


# --- the door -------------------------------------------------------------------------------------
class TicketForged(DomainError):
    """No ticket of ours: the signature does not hold (E5)."""

    code = "ticket_invalid"
    status = 400
    message = _("This is not a valid ticket.")


class TicketRevoked(DomainError):
    """A ticket that was real: its registration was cancelled since (E5)."""

    code = "ticket_revoked"
    message = _("This ticket is not valid any more: the registration was cancelled.")


class TicketOfAnotherEvent(DomainError):
    """A real ticket, but for another event (E5)."""

    code = "ticket_other_event"
    message = _("This ticket is for another event.")


class NotRegistered(DomainError):
    """Attendance is taken of those who are registered."""

    code = "not_registered"
    message = _("This person is not registered for the event.")


class ScanFromFuture(DomainError):
    """The device's clock is ahead: nothing is marked that has not happened (E6)."""

    code = "scan_in_future"
    status = 400
    message = _("This scan lies in the future. Is the clock of the device right?")


class NotAtThisTime(DomainError):
    """Too long before the start, or after the end, of the event or of each of its days."""

    code = "not_at_this_time"
    message = _("The event does not take place at this time.")


class NoTicket(DomainError):
    """A registration that holds no place has no ticket (E5)."""

    code = "no_ticket"
    message = _("Only who has a place has a ticket.")


class CodeForged(DomainError):
    """No code of a door of ours, or a pass that another device was given (E10)."""

    code = "code_invalid"
    status = 400
    message = _("This is not a valid code.")


class CodeExpired(DomainError):
    """The code at the door is another by now (E10)."""

    code = "code_expired"
    message = _("This code is not valid any more. Scan the one that is shown now.")
