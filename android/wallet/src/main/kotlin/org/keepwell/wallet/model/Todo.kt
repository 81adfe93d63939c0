package org.keepwell.wallet.model

/** Something that the patient should do or know. */
sealed interface Todo {
    /** Another phone has taken over; this one sends nothing any more. */
    data object TakenOver : Todo

    /** No server was told of [count] decisions: what was ended may still be open. */
    data class SendDecisions(val count: Long) : Todo

    /** The keys of [count] clinics were replaced, and not by themselves. */
    data class CheckClinics(val count: Long) : Todo

    /** Nobody has checked that the recovery words were written down. */
    data object CheckWords : Todo

    /** Everything is on this phone alone. */
    data object Connect : Todo

    /** The host has lost records, and sending so much again waits for the patient to agree. */
    data object AgreeToSendAgain : Todo

    /** The host does not have [count] records yet. */
    data class SendRecords(val count: Long) : Todo

    /** [count] grants end within a day. */
    data class EndSoon(val count: Long) : Todo

    /** [count] items were set aside and wait to be looked through. */
    data class LookThrough(val count: Long) : Todo

    /** [count] clinics, whose records come from their servers, want the patient to sign in again. */
    data class SignInAgain(val count: Int) : Todo

    /** There are no records yet. */
    data object AddRecords : Todo
}
