package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.service.ShownWords
import org.keepwell.wallet.service.WordsService

/** Where checking the words stands. */
enum class CheckWordsStep { PIN, SHOW, QUIZ, DONE }

/** The words shown again, and asked for. */
data class CheckWordsState(val step: CheckWordsStep = CheckWordsStep.PIN, val pin: PinState = PinState())

/** What is done while checking the words. */
sealed interface CheckWordsEvent {
    class Pin(val event: PinEvent) : CheckWordsEvent {
        override fun toString() = "Pin(..)"
    }

    data object Back : CheckWordsEvent
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
    private val proof = Proof<ShownWords>()

    /** The page that was shown last, for whoever comes back. */
    private var page = 0

    /** The models of the steps that have one. */
    var shownWords: ShownWordsModel? = null
        private set
    var quiz: QuizModel? = null
        private set

    override fun on(event: CheckWordsEvent) {
        if (state.value.pin.isChecking) return
        when (event) {
            is CheckWordsEvent.Pin -> if (state.value.step == CheckWordsStep.PIN) entry.on(event.event)
            CheckWordsEvent.Back -> when (state.value.step) {
                CheckWordsStep.PIN, CheckWordsStep.DONE -> leave()
                CheckWordsStep.SHOW -> shownWords?.on(ShownWordsEvent.BACK)
                CheckWordsStep.QUIZ -> go(CheckWordsStep.SHOW)
            }
        }
    }

    override fun hide() {
        entry.hide()
        val step = state.value.step
        if (step == CheckWordsStep.DONE) return
        if (step != CheckWordsStep.PIN) shownWords?.let { page = it.state.value.page }
        forget()
        go(CheckWordsStep.PIN)
    }

    override fun close() {
        entry.close()
        forget()
        change { CheckWordsState() }
    }

    private suspend fun show(pin: ByteArray): Outcome<*> = proof.get({ words.show(pin) }) { shown ->
        shownWords = ShownWordsModel(shown, { if (isQuiz) ask(shown) else leave() }, leave, scope, page)
        go(CheckWordsStep.SHOW)
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

    private fun forget() {
        shownWords?.close()
        quiz?.close()
        proof.forget()
    }

    private fun go(to: CheckWordsStep) = change { it.copy(step = to) }
}
