package org.keepwell.wallet.rust

import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext
import org.keepwell.Authentication
import org.keepwell.ConnectionOffer
import org.keepwell.Event
import org.keepwell.Observer
import org.keepwell.Passphrase
import org.keepwell.Pin
import org.keepwell.RecoveryWords
import org.keepwell.Wallet
import org.keepwell.WalletConfig
import org.keepwell.WalletException
import org.keepwell.createWallet
import org.keepwell.readConnection
import org.keepwell.readTypedWords
import org.keepwell.restoreWallet
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QuizAnswer
import org.keepwell.wallet.model.RestoreProgress
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.model.TypedWords
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.DrawnWords
import org.keepwell.wallet.service.MadeWallet
import org.keepwell.wallet.service.OwnedWallet
import org.keepwell.wallet.service.RestorableWords
import org.keepwell.wallet.service.RestoredWallet
import org.keepwell.wallet.service.ShownWords
import org.keepwell.wallet.service.StartService

/** The first launch: makes the wallet and hands it to [adopt]; [protecting] hears when a PIN is bound to the phone. A connection that the app came with is in [builtIn]. */
internal class RustStart(
    private val config: WalletConfig,
    builtIn: ByteArray?,
    private val protecting: () -> Unit,
    private val adopt: suspend (Wallet) -> Unit,
) : StartService {
    private val there = MutableStateFlow<Boolean?>(null)

    override val hasWallet: StateFlow<Boolean?> = there.asStateFlow()

    // The app is built with it: one that can't be read is a fault of the build, which a test finds.
    override val builtInConnection: Connection? = builtIn?.let { LibraryConnection(readConnection(it)) }

    /** Notes whether there is a wallet, as far as opening it has shown. */
    fun note(isThere: Boolean) {
        there.value = isThere
    }

    override suspend fun drawWords(): Outcome<DrawnWords> = outcome { LibraryDrawnWords(RecoveryWords.generate()) }

    override suspend fun readWords(text: ByteArray): Outcome<RestorableWords> = outcome { LibraryRestorableWords(RecoveryWords.parse(text)) }

    override suspend fun judgeWords(text: ByteArray) = outcome {
        val typed = readTypedWords(text)
        typed.words.forEach { it.text.fill(0) }
        TypedWords(typed.words.map { it.state.toModel() }, typed.refusal == null)
    }

    override suspend fun checkNewPin(pin: ByteArray) = outcome { Pin(pin).use { it.checkChoice() } }

    override suspend fun readConnection(text: String): Outcome<Connection> = outcome { LibraryConnection(readConnection(text.encodeToByteArray())) }

    private inner class LibraryDrawnWords(words: RecoveryWords) : LibraryShownWords(words), DrawnWords {
        /** The places that were answered right. */
        private var checked = listOf<UInt>()

        override suspend fun check(answers: List<QuizAnswer>) = outcome {
            words.checkQuiz(answers.toLibrary())
            checked = answers.map { it.position.toUInt() }
        }

        // Whoever turns away meanwhile finds the wallet whole and locked.
        override suspend fun create(pin: ByteArray): Outcome<MadeWallet> = withContext(NonCancellable) {
            outcome {
                protecting()
                val (wallet, authentication) = Pin(pin).use { createWallet(config, words, it) }
                take(wallet)
                LibraryMadeWallet(wallet, authentication).also { it.confirm(words, checked) }
            }
        }
    }

    private inner class LibraryRestorableWords(private val words: RecoveryWords) : RestorableWords {
        override suspend fun restore(
            passphrase: ByteArray,
            pin: ByteArray,
            connection: Connection,
            onProgress: (RestoreProgress) -> Unit,
        ) = outcome {
            val observer = object : Observer {
                override fun onEvents(events: List<Event>) {
                    val told = events.filterIsInstance<Event.RestoreProgress>().lastOrNull() ?: return
                    onProgress(RestoreProgress(told.bytes.toLong(), told.total.toLong()))
                }
            }
            val offer = (connection as LibraryConnection).offer
            protecting()
            val (wallet, authentication, report) = Pin(pin).use { chosen ->
                Passphrase(passphrase).use { beside -> restoreWallet(config, words, chosen, offer.servers, beside, observer = observer) }
            }
            take(wallet)
            LibraryRestoredWallet(wallet, authentication, report.toModel())
        }

        override fun close() = words.close()
    }

    private suspend fun take(wallet: Wallet) {
        adopt(wallet)
        there.value = true
    }
}

/** Words in the library's memory, which overwrites them when it lets go of them. */
internal abstract class LibraryShownWords(protected val words: RecoveryWords) : ShownWords {
    override fun text(): ByteArray = words.text()

    override suspend fun noteUse() = Unit

    override suspend fun quiz() = outcome { words.quiz().map { it.toInt() } }

    override fun close() = words.close()
}

/** A wallet whose owner has just chosen its PIN, until this is closed. */
private abstract class LibraryOwnedWallet(protected val wallet: Wallet, protected val authentication: Authentication) : OwnedWallet {
    override suspend fun enableBiometrics() = aboutBiometrics(outcome { wallet.enableBiometrics(authentication) })

    override fun close() = authentication.use { it.void() }
}

private class LibraryRestoredWallet(wallet: Wallet, authentication: Authentication, override val report: RestoreReport) :
    LibraryOwnedWallet(wallet, authentication), RestoredWallet

private class LibraryMadeWallet(wallet: Wallet, authentication: Authentication) : LibraryOwnedWallet(wallet, authentication), MadeWallet {
    override suspend fun connect(connection: Connection) = outcome { wallet.connect(authentication, connection) }

    /** Notes that the words at these places were known. */
    suspend fun confirm(words: RecoveryWords, places: List<UInt>) {
        if (places.isEmpty()) return
        val text = words.text()
        val all = text.split()
        val answers = places.map { org.keepwell.QuizAnswer(it, all[it.toInt() - 1]) }
        try {
            wallet.confirmWords(authentication, answers)
        } catch (_: WalletException) {
            // The wallet is there all the same, and reminds of it.
        } finally {
            (all + text).forEach { it.fill(0) }
        }
    }
}

/** The words of the open wallet, which notes that they were known; [onKnown] hears of it. */
internal class ConfirmableWords(
    words: RecoveryWords,
    private val wallet: Wallet,
    private val authentication: Authentication,
    private val onKnown: () -> Unit,
) : LibraryShownWords(words) {
    /** Whatever is read of a wallet counts as its use. */
    override suspend fun noteUse() {
        outcome { wallet.status() }
    }

    override suspend fun check(answers: List<QuizAnswer>) = outcome {
        wallet.confirmWords(authentication, answers.toLibrary())
        onKnown()
    }

    override fun close() {
        super.close()
        authentication.use { it.void() }
    }
}

/** Servers as the library read them. */
internal class LibraryConnection(val offer: ConnectionOffer) : Connection {
    override val names = ConnectionNames(offer.hostName, offer.ledgerName, offer.anchorFingerprint.text, offer.isDemonstration)
}

internal suspend fun Wallet.connect(authentication: Authentication, connection: Connection) {
    val offer = (connection as LibraryConnection).offer
    connect(authentication, offer.servers, invite = offer.invite)
}

internal fun List<QuizAnswer>.toLibrary() = map { org.keepwell.QuizAnswer(it.position.toUInt(), it.word) }

/** Does [call]; what the library refuses is an outcome, anything else passes through. */
internal inline fun <T> outcome(meaning: (WalletException) -> Problem = ::problem, call: () -> T): Outcome<T> = try {
    Outcome.Done(call())
} catch (e: WalletException) {
    Outcome.Failed(meaning(e))
}

/** The words of a text, each in an array of its own. */
private fun ByteArray.split(): List<ByteArray> {
    val blanks = indices.filter { this[it] == BLANK }
    return (listOf(-1) + blanks).zip(blanks + size) { before, after -> copyOfRange(before + 1, after) }
}

private const val BLANK = ' '.code.toByte()
