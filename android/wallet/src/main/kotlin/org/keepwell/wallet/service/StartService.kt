package org.keepwell.wallet.service

import kotlinx.coroutines.flow.StateFlow
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.QuizAnswer
import org.keepwell.wallet.model.RestoreProgress
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.model.TypedWords

/** Makes the wallet of this phone: a new one, or the one that its words bring back. It appears whole or not at all. */
interface StartService {
    /** Whether there is a wallet on this phone; null until that is known. */
    val hasWallet: StateFlow<Boolean?>

    /** The connection that this app came with. */
    val builtInConnection: Connection?

    /** Draws the words of a new wallet; the caller closes what it gets. */
    suspend fun drawWords(): Outcome<DrawnWords>

    /** Says of each word how far it is one; the caller overwrites [text], UTF-8. For the screen only. */
    suspend fun judgeWords(text: ByteArray): Outcome<TypedWords>

    /** Reads recovery words as people write them; the caller overwrites [text], UTF-8, and closes what it gets. */
    suspend fun readWords(text: ByteArray): Outcome<RestorableWords>

    /** Whether [pin] may be a new PIN; the caller overwrites it. */
    suspend fun checkNewPin(pin: ByteArray): Outcome<Unit>

    /** Reads a connection from a file or a code; nothing is asked of anybody. */
    suspend fun readConnection(text: String): Outcome<Connection>
}

/** Servers that were named, by whoever; nothing is sent to them until the patient says so. */
interface Connection {
    val names: ConnectionNames
}

/** Words that may be shown to whoever they belong to; they are overwritten when this is closed. */
interface ShownWords : AutoCloseable {
    /** The words, UTF-8, separated by blanks; the caller overwrites them. */
    fun text(): ByteArray

    /** Says that somebody reads them: a wallet that is open does not lock by itself meanwhile. */
    suspend fun noteUse()

    /** Three places, from 1, to ask for. */
    suspend fun quiz(): Outcome<List<Int>>

    /** Whether these are the words; the wallet notes that they were written down. */
    suspend fun check(answers: List<QuizAnswer>): Outcome<Unit>
}

/** The words of a wallet that is not made yet. */
interface DrawnWords : ShownWords {
    /** Makes the wallet and leaves it open; the caller overwrites [pin] and closes what it gets. */
    suspend fun create(pin: ByteArray): Outcome<MadeWallet>
}

/** A wallet whose PIN was just chosen; it may be opened by a finger, without another PIN until this is closed. */
interface OwnedWallet : AutoCloseable {
    /** Lets a finger or a face open it. The phone asks for it. */
    suspend fun enableBiometrics(): Outcome<Unit>
}

/** A wallet that was just made, and may be connected, without another PIN until this is closed. */
interface MadeWallet : OwnedWallet {
    /** Connects it; what fails can be tried again later. */
    suspend fun connect(connection: Connection): Outcome<Unit>
}

/** A wallet that its words brought back, until this is closed. */
interface RestoredWallet : OwnedWallet {
    /** What came back, and what did not. */
    val report: RestoreReport
}

/** Words that were read, of a wallet that is not on this phone; they are overwritten when this is closed. */
interface RestorableWords : AutoCloseable {
    /**
     * Brings the wallet back and leaves it open; cancelled, it leaves nothing. [onProgress] may be called on any thread.
     *
     * The caller overwrites [passphrase], empty for none, and [pin], and closes what it gets.
     */
    suspend fun restore(
        passphrase: ByteArray,
        pin: ByteArray,
        connection: Connection,
        onProgress: (RestoreProgress) -> Unit,
    ): Outcome<RestoredWallet>
}

/** Connects a wallet that works on its own. */
interface ConnectionService {
    /** Connects it, with the owner's [pin], which the caller overwrites. */
    suspend fun connect(pin: ByteArray, connection: Connection): Outcome<Unit>
}

/** Shows the words of the wallet on this phone. */
interface WordsService {
    /** The words, against the owner's [pin], which the caller overwrites; the caller closes what it gets. */
    suspend fun show(pin: ByteArray): Outcome<ShownWords>
}
