package org.keepwell.wallet.model

/**
 * Why something did not work, as far as a person can act on it; holds no secret and no health detail.
 *
 * [code] is the wallet's stable code, for logs and for support.
 */
sealed interface Problem {
    val code: String

    /** Whether only the recovery words open the wallet now. */
    val needsWords get() = this == PinSlotDestroyed || this == DeviceKeyLost

    /** The wallet locked itself or was locked. */
    data object Locked : Problem { override val code = "Locked" }

    /** The PIN is wrong; [left] tries remain before it stops working. */
    data class WrongPin(val left: Int) : Problem { override val code get() = "WrongPin" }

    /** The next try is allowed in [seconds]. */
    data class PinDelayed(val seconds: Long) : Problem { override val code get() = "PinDelayed" }

    /** The PIN no longer opens this wallet; the recovery words do. */
    data object PinSlotDestroyed : Problem { override val code = "PinSlotDestroyed" }

    /** This phone no longer has its key for the wallet; the recovery words open it. */
    data object DeviceKeyLost : Problem { override val code = "DeviceKeyLost" }

    /** The text is not a set of recovery words; [position] is the word that is to blame, from 1, where one is. */
    data class WordsUnreadable(val reason: WordsReason, val position: Int?) : Problem { override val code get() = reason.code }

    /** The words are good words, but with this passphrase they are another wallet's. */
    data object WrongWords : Problem { override val code = "WrongWords" }

    /** The passphrase is longer than any can be. */
    data object PassphraseTooLong : Problem { override val code = "PassphraseTooLong" }

    /** This can't be a new PIN. */
    data class PinUnsuitable(override val code: String) : Problem

    /** The new PIN was not entered twice alike. */
    data object PinsDiffer : Problem { override val code = "PinMismatch" }

    /** The person did not answer the phone's own question, or broke off. */
    data object DeviceKeyRefused : Problem { override val code = "DeviceKeyRefused" }

    /** The phone allows no more tries for now. */
    data object DeviceKeyLockedOut : Problem { override val code = "DeviceKeyLockedOut" }

    /** The phone's key store does not answer, or the phone has no screen lock, without which it keeps no key. */
    data object DeviceKeyUnavailable : Problem { override val code = "DeviceKeyUnavailable" }

    /** The phone knows another finger or face since biometrics were switched on; they are off now. */
    data object BiometricsLost : Problem { override val code = "BiometricsLost" }

    /** No finger and no face opens this wallet. */
    data object BiometricsOff : Problem { override val code = "BiometricsOff" }

    /** The phone has no finger and no face that could open it, or can't ask for one now. */
    data object BiometricsUnavailable : Problem { override val code = "DeviceKeyUnavailable" }

    /** The PIN was changed just when the wallet locked itself: only the new one opens it. */
    data object PinChanged : Problem { override val code = "PinChanged" }

    /** The wallet locked before it had ended access; it does so as soon as it is open. */
    data object AccessNotEnded : Problem { override val code = "AccessNotEnded" }

    /** Not everything could be erased; trying again goes on with it. */
    data class EraseFailed(override val code: String) : Problem

    /** There is no wallet on this phone. */
    data object NoWallet : Problem { override val code = "NoWallet" }

    /** Nobody was reached. */
    data object Offline : Problem { override val code = "Offline" }

    /** The wallet knows no ledger and no host yet. */
    data object NotConnected : Problem { override val code = "NotConnected" }

    /** The clinic's key was replaced without the clinic's own signature. */
    data object ClinicKeyChanged : Problem { override val code = "ProviderKeyChanged" }

    /** The authorities have suspended the clinic. */
    data object ClinicSuspended : Problem { override val code = "ProviderSuspended" }

    /** What a clinic asks for is over, or was answered before. */
    data class RequestOver(override val code: String) : Problem

    /** The code asks for nothing, or is not the clinic's own. */
    data class RequestUnproved(override val code: String) : Problem

    /** What was answered does not hold when checked. */
    data class Untrusted(override val code: String) : Problem

    /** The share was ended, and that is for ever. */
    data object ShareEnded : Problem { override val code = "ShareEnded" }

    /** There is nothing of that kind to share. */
    data object NothingToShare : Problem { override val code = "NothingToShare" }

    /** No pages could be made of the records. */
    data object Unprintable : Problem { override val code = "NotPrintable" }

    /** These are not the words that were shown. */
    data object QuizFailed : Problem { override val code = "QuizFailed" }

    /** There is nothing for these words where they were looked for. */
    data object NothingToRestore : Problem { override val code = "SpaceMissing" }

    /** There is something for these words already: they bring it back. */
    data object AlreadyThere : Problem { override val code = "SpaceExists" }

    /** The code or file names no servers. */
    data object ConnectionUnreadable : Problem { override val code = "ConnectionMalformed" }

    /** The host takes only whom it invited, and not by this invitation. */
    data class NotInvited(override val code: String) : Problem

    /** The file could not be read to its end. */
    data class FileUnreadable(override val code: String) : Problem

    /** The phone's own collection of health data does not answer. */
    data class HealthUnreadable(override val code: String) : Problem

    /** The file could not be written to its end. */
    data object FileUnwritable : Problem { override val code = "ExportIo" }

    /** There is no room in the place that was chosen for a file. */
    data object PlaceFull : Problem { override val code = "ExportFull" }

    /** The link does not open any more. */
    data object LinkEnded : Problem { override val code = "LinkNotActive" }

    /** The server asks to come back later. */
    data object LinkLater : Problem { override val code = "LinkRetryLater" }

    /** The link leads where nobody is to go. */
    data class LinkUnsafe(override val code: String) : Problem

    /** The link is of a kind that is not known yet. */
    data object LinkNewer : Problem { override val code = "UnsupportedLink" }

    /** There is more behind the link than is fetched. */
    data class LinkTooLarge(override val code: String) : Problem

    /** What came does not open with the link. */
    data class LinkDamaged(override val code: String) : Problem

    /** Nobody was reached where the link leads. */
    data class LinkUnreachable(override val code: String) : Problem

    /** The passcode of a link is wrong; [left] tries remain before it ends, where the server says so. */
    data class WrongPasscode(val left: Int?) : Problem { override val code get() = "LinkPasscodeWrong" }

    /** What the patient tells is too long to go along. */
    data object StoryTooLong : Problem { override val code = "ShareStory" }

    /** A passcode that was chosen for a share is none that is taken. */
    data class PasscodeUnsuitable(val reason: PasscodeReason) : Problem { override val code get() = reason.code }

    /** The text is no link that can be read, or the answer is none that can be used. */
    data class LinkUnreadable(override val code: String) : Problem

    /** The file in a record is not what the record says that it is. */
    data object AttachmentDamaged : Problem { override val code = "AttachmentDamaged" }

    /** The record only names the file, which is not here. */
    data object AttachmentMissing : Problem { override val code = "AttachmentNotHere" }

    /** At the address are no records that a clinic gives to apps. */
    data class SourceAddress(override val code: String) : Problem

    /** What the browser came back with was used already, is too old, or was not begun here. */
    data class SignInUnknown(override val code: String) : Problem

    /** The patient or the clinic did not agree. */
    data class SignInRefused(override val code: String) : Problem

    /** The clinic now gives records of somebody else. */
    data class SourceOfOther(override val code: String) : Problem

    /** What the patient agreed to with a clinic has ended. */
    data object SignedOut : Problem { override val code = "SourceAuthorizationEnded" }

    /** The phone has no browser. */
    data object NoBrowser : Problem { override val code = "NoBrowser" }

    /** What was asked for is not in this wallet. */
    data class NotFound(override val code: String) : Problem

    /** The phone's storage is full. */
    data object DiskFull : Problem { override val code = "DiskFull" }

    /** Anything else; nothing was lost. */
    data class Other(override val code: String) : Problem
}

/** Why a text is not a set of recovery words; [code] is the wallet's stable code. */
enum class WordsReason(val code: String) {
    /** Another number of words than 12, 15, 18, 21 or 24. */
    WORD_COUNT("WordCount"),

    /** The numbers in front of the words do not count up from one. */
    WORD_NUMBERING("WordNumbering"),

    /** A word that is in no list, or not in the list of the others. */
    UNKNOWN_WORD("UnknownWord"),

    /** The words belong together wrongly: one is another, or two are exchanged. */
    MNEMONIC_CHECKSUM("MnemonicChecksum"),

    /** The words are valid in more than one language. */
    AMBIGUOUS_LANGUAGE("AmbiguousLanguage"),

    /** A published example. */
    TEST_SEED("TestSeed"),

    /** A reason that this version has no name for. */
    UNKNOWN("Unknown"),
}

/** Why a passcode is not taken. */
enum class PasscodeReason(val code: String) {
    /** Fewer characters than it needs, or more. */
    LENGTH("PasscodeLength"),

    /** Something that is not on every keyboard. */
    CHARACTER("PasscodeCharacter"),

    /** A run, a repetition or a date. */
    GUESSABLE("PasscodeGuessable"),
}
