package org.keepwell.wallet.model

/** What is done when the phone asks who holds it; its question says so. */
enum class Deed {
    OPEN,

    /** A new PIN is bound to this phone. */
    PROTECT,
    CONNECT,
    SEE_WORDS,
    GIVE_ACCESS,
    EXTEND_ACCESS,

    /** A share is granted on the ledger. */
    SHARE_FOR_LONG,
    CHANGE_PIN,

    /** Records are written into a file. */
    SAVE_RECORDS,

    /** Records are made into pages. */
    PRINT_RECORDS,

    /** A finger or a face is to open the wallet from now on. */
    SWITCH_ON_BIOMETRICS,
    ERASE,
}
