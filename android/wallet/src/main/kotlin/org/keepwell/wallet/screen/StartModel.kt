package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RestoreProgress
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.DrawnWords
import org.keepwell.wallet.service.MadeWallet
import org.keepwell.wallet.service.RestorableWords
import org.keepwell.wallet.service.RestoredWallet
import org.keepwell.wallet.service.StartService

/** Where the first launch stands. Nothing of it is saved: a process that ended begins at the welcome, or at the PIN. */
enum class StartStep {
    WELCOME, ABOUT_WORDS,

    /** New: the words are shown and asked for; the PIN makes the wallet. */
    SHOW_WORDS, QUIZ, DONE,

    /** Back: the words are typed, and what they bring is fetched. */
    TYPE_WORDS, PASSPHRASE, RESTORING, REPORT,

    /** Both. */
    NEW_PIN, CONNECTION,
}

/** The first launch: the places on the way, and what came of it. */
data class StartState(
    val path: List<StartStep> = listOf(StartStep.WELCOME),
    val passphrase: String = "",
    val isBusy: Boolean = false,
    val progress: RestoreProgress? = null,
    val report: RestoreReport? = null,
    /** Whether there is a wallet already, which may be connected or not. */
    val isMade: Boolean = false,
    /** Whether the owner is still proved to be here, which switching on a finger or a face needs. */
    val hasProof: Boolean = false,
    val areWordsChecked: Boolean = false,
    val isConnected: Boolean = false,
    /** Whether a finger or a face opens the wallet. */
    val hasBiometrics: Boolean = false,
    val problem: Problem? = null,
) {
    val step get() = path.last()

    /** Whether it leads to a new wallet and not to one that comes back. */
    val isNew get() = StartStep.SHOW_WORDS in path

    /** Whether the passphrase begins or ends with a blank, which counts and is easily overlooked. */
    val hasOuterBlank get() = passphrase.trim() != passphrase

    override fun toString() = "StartState(path=$path, isBusy=$isBusy, problem=$problem)"
}

/** What is done on the way where no step has a model of its own. */
sealed interface StartEvent {
    /** On from where there is one way. */
    data object Next : StartEvent
    data object New : StartEvent
    data object HaveWords : StartEvent

    /** Puts the quiz off; the first screen reminds of it. */
    data object CheckLater : StartEvent

    /** Lets a finger or a face open the wallet. */
    data object UseBiometrics : StartEvent
    class TypePassphrase(val text: String) : StartEvent {
        override fun toString() = "TypePassphrase(..)"
    }

    data object Back : StartEvent
}

/**
 * The first launch, from the welcome to a wallet: [finish] when it is done. A connection that was [offered] is asked about.
 *
 * Words, passphrase and PIN are kept from step to step here and nowhere else, and overwritten as soon as the wallet is
 * made, or when this is closed.
 */
class StartModel(
    private val start: StartService,
    private val offered: String?,
    private val finish: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<StartState, StartEvent>(StartState(), scope) {
    private var drawn: DrawnWords? = null
    private var read: RestorableWords? = null
    private var made: MadeWallet? = null
    private var restored: RestoredWallet? = null
    private var pin = ByteArray(0)
    private var work: Job? = null
    private var isClosed = false

    /** The models of the steps that have one; each is there while its step is on the path. */
    var shownWords: ShownWordsModel? = null
        private set
    var quiz: QuizModel? = null
        private set
    var typedWords: TypedWordsModel? = null
        private set
    var newPin: NewPinModel? = null
        private set
    var connection: ConnectionModel? = null
        private set

    /** Whether a wallet is being made, connected or fetched now. */
    val isUnderWay get() = state.value.isBusy || state.value.step == StartStep.RESTORING || newPin?.state?.value?.pad?.isChecking == true

    override fun on(event: StartEvent) {
        val now = state.value
        if (now.isBusy && event != StartEvent.Back) return
        when (event) {
            StartEvent.Next -> next(now.step)
            StartEvent.New -> draw()
            StartEvent.HaveWords -> {
                typedWords = TypedWordsModel(start, ::keep, scope)
                go(StartStep.TYPE_WORDS)
            }
            StartEvent.CheckLater -> choosePin()
            StartEvent.UseBiometrics -> useBiometrics()
            is StartEvent.TypePassphrase -> change { it.copy(passphrase = event.text.take(LONGEST), problem = null) }
            StartEvent.Back -> back()
        }
    }

    /** The proof of the owner goes where the journey is at its end, and with it what it was for: the settings have that, too. */
    override fun hide() {
        val now = state.value
        if (now.isBusy || now.step != StartStep.DONE && now.step != StartStep.REPORT) return
        made?.close()
        restored?.close()
        made = null
        restored = null
        change { it.copy(hasProof = false, problem = null) }
    }

    override fun close() {
        isClosed = true
        listOfNotNull(shownWords, quiz, typedWords, newPin, connection).forEach { it.close() }
        drawn?.close()
        read?.close()
        made?.close()
        restored?.close()
        forgetPin()
        change { StartState() }
    }

    private fun next(step: StartStep) = when (step) {
        StartStep.WELCOME -> go(StartStep.ABOUT_WORDS)
        StartStep.PASSPHRASE -> choosePin()
        StartStep.DONE, StartStep.REPORT -> finish()
        else -> Unit
    }

    /** The same words as before, where the person went back and comes again: they may stand on paper already. */
    private fun draw() {
        drawn?.let { return show(it) }
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val outcome = start.drawWords()
            change { it.copy(isBusy = false) }
            val words = outcome.orElse(::fail) ?: return@launch
            if (isClosed) return@launch words.close()
            drawn = words
            show(words)
        }
    }

    private fun show(words: DrawnWords) {
        shownWords = ShownWordsModel(words, { ask(words) }, ::stepBack, scope)
        go(StartStep.SHOW_WORDS)
    }

    private fun ask(words: DrawnWords) {
        quiz = QuizModel(words, ::passQuiz, scope)
        go(StartStep.QUIZ)
    }

    private fun passQuiz() {
        change { it.copy(areWordsChecked = true) }
        choosePin()
    }

    private fun keep(words: RestorableWords) {
        if (isClosed) return words.close()
        read?.close()
        read = words
        go(StartStep.PASSPHRASE)
    }

    private fun choosePin() {
        newPin = NewPinModel(::takePin, ::stepBack, scope)
        go(StartStep.NEW_PIN)
    }

    private suspend fun takePin(chosen: ByteArray): Outcome<*> = if (state.value.isNew) create(chosen) else keep(chosen)

    /** From here on there is a wallet, and nothing leads back. */
    private suspend fun create(chosen: ByteArray): Outcome<*> {
        val outcome = drawn?.create(chosen) ?: return Outcome.Failed(Problem.Locked)
        if (outcome is Outcome.Done) {
            made = outcome.value
            // A wallet works on its own, too: it is asked only where there is something to ask.
            arrive(if (start.builtInConnection == null && offered == null) StartStep.DONE else StartStep.CONNECTION) { it.copy(isMade = true, hasProof = true) }
            askConnection()
        }
        return outcome
    }

    private suspend fun keep(chosen: ByteArray): Outcome<*> {
        val checked = start.checkNewPin(chosen)
        if (checked is Outcome.Done && !isClosed) {
            forgetPin()
            pin = chosen.copyOf()
            askConnection()
            go(StartStep.CONNECTION)
        }
        return checked
    }

    private fun askConnection() {
        val isMade = made != null
        connection = ConnectionModel(start, offered, mayWait = isMade, ::connect, { if (isMade) connect(null) else stepBack() }, scope)
    }

    private fun connect(chosen: Connection?) {
        if (state.value.step != StartStep.CONNECTION || state.value.isBusy) return
        val (new, restorable) = made to read
        when {
            chosen == null -> change { it.copy(path = listOf(StartStep.DONE)) }
            new != null -> connect(new, chosen)
            restorable != null -> restore(restorable, chosen)
        }
    }

    private fun connect(new: MadeWallet, chosen: Connection) {
        change { it.copy(isBusy = true) }
        scope.launch {
            val outcome = new.connect(chosen)
            change { it.copy(isBusy = false) }
            when (outcome) {
                is Outcome.Done -> change { it.copy(path = listOf(StartStep.DONE), isConnected = true) }
                is Outcome.Failed -> connection?.refuse(outcome.problem)
            }
        }
    }

    private fun useBiometrics() {
        val new = made ?: restored ?: return
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val outcome = new.enableBiometrics()
            change { it.copy(isBusy = false, hasBiometrics = it.hasBiometrics || outcome is Outcome.Done, problem = outcome.problemOrNull()) }
        }
    }

    private fun restore(words: RestorableWords, chosen: Connection) {
        go(StartStep.RESTORING)
        work = scope.launch {
            val passphrase = state.value.passphrase.encodeToByteArray()
            val outcome = try {
                words.restore(passphrase, pin, chosen) { told -> change { it.copy(progress = told) } }
            } finally {
                passphrase.fill(0)
            }
            val back = outcome.orElse(::chooseAgain) ?: return@launch
            if (isClosed) return@launch back.close()
            restored = back
            arrive(StartStep.REPORT) { it.copy(report = back.report, hasProof = true) }
        }
    }

    /** There is a wallet now: nothing leads back, and what made it is needed no more. */
    private fun arrive(at: StartStep, result: (StartState) -> StartState) {
        forgetPin()
        drawn?.close()
        read?.close()
        drawn = null
        read = null
        change { result(it).copy(path = listOf(at), passphrase = "", progress = null) }
        drop(state.value.path)
    }

    /** Goes back to what was refused, and says why there. */
    private fun chooseAgain(problem: Problem) {
        when (problem) {
            Problem.WrongWords, Problem.PassphraseTooLong, Problem.NothingToRestore -> {
                leaveTo(StartStep.PASSPHRASE)
                fail(problem)
            }
            else -> {
                leaveTo(StartStep.CONNECTION)
                connection?.refuse(problem)
            }
        }
    }

    private fun back() {
        val now = state.value
        when (now.step) {
            StartStep.SHOW_WORDS -> shownWords?.on(ShownWordsEvent.BACK)
            StartStep.NEW_PIN -> newPin?.on(NewPinEvent.Back)
            StartStep.CONNECTION -> connection?.on(ConnectionEvent.Back)
            StartStep.RESTORING -> {
                work?.cancel()
                stepBack()
            }
            StartStep.DONE, StartStep.REPORT -> finish()
            else -> stepBack()
        }
    }

    private fun stepBack() {
        val path = state.value.path
        if (path.size < 2) return
        leaveTo(path[path.size - 2])
    }

    /** Leaves all that came after a step, with what was typed there. */
    private fun leaveTo(step: StartStep) {
        change { it.copy(path = it.path.take(it.path.indexOf(step) + 1), isBusy = false, progress = null, problem = null) }
        val path = state.value.path
        if (StartStep.QUIZ !in path) change { it.copy(areWordsChecked = false) }
        if (StartStep.CONNECTION !in path) forgetPin()
        if (StartStep.PASSPHRASE !in path) change { it.copy(passphrase = "") }
        drop(path)
    }

    private fun drop(path: List<StartStep>) {
        if (StartStep.SHOW_WORDS !in path) shownWords = shownWords?.let { it.close(); null }
        if (StartStep.QUIZ !in path) quiz = quiz?.let { it.close(); null }
        if (StartStep.TYPE_WORDS !in path) typedWords = typedWords?.let { it.close(); null }
        if (StartStep.NEW_PIN !in path) newPin = newPin?.let { it.close(); null }
        if (StartStep.CONNECTION !in path) connection = connection?.let { it.close(); null }
    }

    private fun go(to: StartStep) = change { it.copy(path = it.path + to, problem = null) }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private fun forgetPin() {
        pin.fill(0)
        pin = ByteArray(0)
    }

    private companion object {
        /** Far more than a passphrase can be. */
        const val LONGEST = 4096
    }
}
