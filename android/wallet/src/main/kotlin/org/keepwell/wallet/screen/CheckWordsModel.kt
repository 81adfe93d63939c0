package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.service.ShownWords
import org.keepwell.wallet.service.WordsService

/** Where checking the words stands. */
enum class CheckWordsStep { PIN, SHOW, QUIZ, DONE }

/** The words shown again, and asked for. */
data class CheckWordsState(val step: CheckWordsStep = CheckWordsStep.PIN, val pin: PinState = PinState()) {
    /** Whether the words are on the screen. */
    val isShown get() = step == CheckWordsStep.SHOW
}

/** What is done while checking the words. */
sealed interface CheckWordsEvent {
    class Pin(val event: PinEvent) : CheckWordsEvent {
        override fun toString() = "Pin(..)"
    }

    data object Back : CheckWordsEvent

    /** Nobody looks any more: the words go, and the PIN is asked for again. */
    data object Hide : CheckWordsEvent
}

/**
 * Shows the words against the PIN and, where that [isQuiz], asks for three of them, which is what was put off at the first launch.
 */
class CheckWordsModel(
    private val words: WordsService,
    private val isQuiz: Boolean,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<CheckWordsState, CheckWordsEvent>(CheckWordsState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::show)
    private var held: ShownWords? = null
    private var isClosed = false

    /** The models of the steps that have one. */
    var shownWords: ShownWordsModel? = null
        private set
    var quiz: QuizModel? = null
        private set

    override fun on(event: CheckWordsEvent) {
        if (state.value.pin.isChecking) return
        when (event) {
            is CheckWordsEvent.Pin -> if (state.value.step == CheckWordsStep.PIN) entry.on(event.event)
            CheckWordsEvent.Hide -> hide()
            CheckWordsEvent.Back -> when (state.value.step) {
                CheckWordsStep.PIN, CheckWordsStep.DONE -> leave()
                CheckWordsStep.SHOW -> shownWords?.on(ShownWordsEvent.BACK)
                CheckWordsStep.QUIZ -> go(CheckWordsStep.SHOW)
            }
        }
    }

    override fun close() {
        isClosed = true
        entry.close()
        forget()
        change { CheckWordsState() }
    }

    private suspend fun show(pin: ByteArray): Outcome<*> {
        val outcome = words.show(pin)
        if (outcome is Outcome.Done) {
            if (isClosed) {
                outcome.value.close()
                return outcome
            }
            held = outcome.value
            shownWords = ShownWordsModel(outcome.value, { if (isQuiz) ask(outcome.value) else leave() }, leave, scope)
            go(CheckWordsStep.SHOW)
        }
        return outcome
    }

    private fun ask(shown: ShownWords) {
        quiz?.close()
        quiz = QuizModel(shown, ::pass, scope)
        go(CheckWordsStep.QUIZ)
    }

    private fun pass() {
        forget()
        go(CheckWordsStep.DONE)
    }

    private fun hide() {
        entry.clear()
        if (state.value.step == CheckWordsStep.DONE) return
        forget()
        go(CheckWordsStep.PIN)
    }

    private fun forget() {
        shownWords?.close()
        quiz?.close()
        held?.close()
        held = null
    }

    private fun go(to: CheckWordsStep) = change { it.copy(step = to) }
}
