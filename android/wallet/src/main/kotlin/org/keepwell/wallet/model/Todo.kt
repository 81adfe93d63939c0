package org.keepwell.wallet.model

/** Something that waits for the patient. */
enum class Todo {
    /** Nobody has checked that the recovery words were written down. */
    CHECK_WORDS,

    /** There are no records yet. */
    ADD_RECORDS,

    /** Everything is on this phone alone. */
    CONNECT,
}
