package org.keepwell.wallet.fake

import java.time.Instant
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.model.MissingKind
import org.keepwell.wallet.model.MissingPart
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QuizAnswer
import org.keepwell.wallet.model.RestoreProgress
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.model.TypedWord
import org.keepwell.wallet.model.TypedWords
import org.keepwell.wallet.model.WordMark
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.ConnectionService
import org.keepwell.wallet.service.DrawnWords
import org.keepwell.wallet.service.MadeWallet
import org.keepwell.wallet.service.RestorableWords
import org.keepwell.wallet.service.RestoredWallet
import org.keepwell.wallet.service.ShownWords
import org.keepwell.wallet.service.StartService
import org.keepwell.wallet.service.StatusService
import org.keepwell.wallet.service.WordsService

/** The first launch of a fake wallet, and what it leaves for later. */
class FakeStart(private val wallet: FakeWallet, isThere: Boolean) : StartService {
    override val hasWallet = MutableStateFlow<Boolean?>(isThere)
    override var builtInConnection: Connection? = null

    /** Whether the words were checked, and whether there is a connection. */
    var areWordsChecked = isThere
    var isConnected = isThere

    /** How the ledger was asked. */
    var ledgerQuestions: LedgerQuestions? = null

    /** How long a tenth of a restore takes. */
    var pace = 1.seconds

    /** What a restore fails with. */
    var restoreProblem: Problem? = null

    /** How many wallets know their owner to be here. */
    var proofs = 0
        private set

    /** How often somebody was said to be reading words. */
    var uses = 0
        private set

    /** What does not come back. */
    var missing = listOf<MissingPart>()
    private val changed = MutableSharedFlow<Unit>(extraBufferCapacity = 16)

    override suspend fun drawWords(): Outcome<DrawnWords> = Outcome.Done(Drawn())

    override suspend fun judgeWords(text: ByteArray): Outcome<TypedWords> {
        wallet.texts += text
        val typed = wallet.typed(text)
        val words = typed.map { word ->
            val begun = FakeWallet.KNOWN.filter { it.startsWith(word) }.take(3)
            when {
                word in FakeWallet.KNOWN -> TypedWord(WordMark.KNOWN)
                begun.isNotEmpty() -> TypedWord(WordMark.BEGUN, begun)
                else -> TypedWord(WordMark.UNKNOWN, FakeWallet.KNOWN.filter { it.startsWith(word.take(3)) }.take(3))
            }
        }
        return Outcome.Done(TypedWords(words, wallet.fault(typed) == null))
    }

    override suspend fun readWords(text: ByteArray): Outcome<RestorableWords> {
        wallet.texts += text
        val typed = wallet.typed(text)
        return wallet.fault(typed)?.let { Outcome.Failed(it) } ?: Outcome.Done(Restorable())
    }

    override suspend fun checkNewPin(pin: ByteArray): Outcome<Unit> {
        wallet.pins += pin
        return if (pin.distinct().size == 1) Outcome.Failed(Problem.PinUnsuitable("PinGuessable")) else Outcome.Done(Unit)
    }

    override suspend fun readConnection(text: String): Outcome<Connection> {
        if (!text.startsWith(CODE)) return Outcome.Failed(Problem.ConnectionUnreadable)
        return Outcome.Done(FakeConnection(text.removePrefix(CODE)))
    }

    val connecting = object : ConnectionService {
        override suspend fun connect(pin: ByteArray, connection: Connection): Outcome<Unit> {
            wallet.check(pin).orElse { return Outcome.Failed(it) }
            return reach()
        }
    }

    val showing = object : WordsService {
        override suspend fun show(pin: ByteArray): Outcome<ShownWords> {
            wallet.check(pin).orElse { return Outcome.Failed(it) }
            val shown = Drawn()
            wallet.gate?.await()
            return Outcome.Done(shown)
        }
    }

    val waiting = object : StatusService {
        override val changes = changed
        override suspend fun ledgerQuestions() = Outcome.Done(ledgerQuestions)
    }

    /** The wallet was erased. */
    fun forget() {
        areWordsChecked = false
        isConnected = false
        hasWallet.value = false
    }

    private fun reach(): Outcome<Unit> {
        if (!wallet.isOnline) return Outcome.Failed(Problem.Offline)
        isConnected = true
        changed.tryEmit(Unit)
        return Outcome.Done(Unit)
    }

    private inner class Drawn : DrawnWords {
        init {
            wallet.wordsHeld++
        }

        override fun text() = FakeWallet.WORDS.joinToString(" ").encodeToByteArray().also { wallet.texts += it }

        override suspend fun noteUse() {
            uses++
        }

        override suspend fun quiz() = Outcome.Done(POSITIONS)

        override suspend fun check(answers: List<QuizAnswer>): Outcome<Unit> {
            answers.forEach { wallet.texts += it.word }
            val areRight = answers.map { it.position } == POSITIONS && answers.all { it.word.decodeToString().lowercase() == FakeWallet.WORDS[it.position - 1] }
            if (!areRight) return Outcome.Failed(Problem.QuizFailed)
            areWordsChecked = true
            changed.tryEmit(Unit)
            return Outcome.Done(Unit)
        }

        override suspend fun create(pin: ByteArray): Outcome<MadeWallet> {
            checkNewPin(pin).orElse { return Outcome.Failed(it) }
            wallet.make(pin)
            hasWallet.value = true
            proofs++
            return Outcome.Done(object : MadeWallet {
                override suspend fun connect(connection: Connection) = reach()
                override suspend fun enableBiometrics() = wallet.safety.switchOn()
                override fun close() {
                    proofs--
                }
            })
        }

        override fun close() {
            wallet.wordsHeld--
        }
    }

    private inner class Restorable : RestorableWords {
        init {
            wallet.wordsHeld++
        }

        override suspend fun restore(
            passphrase: ByteArray,
            pin: ByteArray,
            connection: Connection,
            onProgress: (RestoreProgress) -> Unit,
        ): Outcome<RestoredWallet> {
            wallet.texts += passphrase
            wallet.pins += pin
            if (!wallet.isOnline) return Outcome.Failed(Problem.Offline)
            if (passphrase.isNotEmpty()) return Outcome.Failed(Problem.NothingToRestore)
            restoreProblem?.let { return Outcome.Failed(it) }
            for (tenth in 0L..10L) {
                onProgress(RestoreProgress(tenth * 1_000_000, 10_000_000))
                delay(pace)
            }
            wallet.recordList += FakeData.records
            wallet.make(pin)
            areWordsChecked = true
            isConnected = true
            hasWallet.value = true
            proofs++
            return Outcome.Done(object : RestoredWallet {
                override val report = RestoreReport(wallet.recordList.size.toLong(), 1, 2, AS_OF, missing)
                override suspend fun enableBiometrics() = wallet.safety.switchOn()
                override fun close() {
                    proofs--
                }
            })
        }

        override fun close() {
            wallet.wordsHeld--
        }
    }

    companion object {
        /** What the code of a connection begins with here; the host's name follows. */
        const val CODE = "keepwell:c/"
        val POSITIONS = listOf(3, 11, 20)
        val AS_OF: Instant = Instant.parse("2026-11-20T18:05:00Z")
        val SOME_MISSING = listOf(MissingPart(MissingKind.RECORDS, 2, Category.RESULTS), MissingPart(MissingKind.UNPROVED_GRANTS, 1))
    }
}

/** Servers by name. */
class FakeConnection(host: String, isDemonstration: Boolean = false) : Connection {
    override val names = ConnectionNames(host, "ledger.$host", "0a1b 2c3d 4e5f 6071 8293", isDemonstration)
}
