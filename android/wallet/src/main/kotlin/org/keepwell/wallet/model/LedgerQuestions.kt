package org.keepwell.wallet.model

/** How what is known of clinics is asked for. */
enum class LedgerQuestions {
    /** Sealed, through the host: it does not learn what is asked, and who answers not which phone asks. */
    OBLIVIOUS,

    /** Who answers sees which phone asks. */
    DIRECT,
}
