package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QuizAnswer
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.ShownWords

/** Three words that are asked for; what is typed shows on the screen and in no text of this. */
data class QuizState(
    /** Which words, from 1. */
    val positions: List<Int> = emptyList(),
    val answers: List<String> = emptyList(),
    val isBusy: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether each was answered. */
    val canCheck get() = !isBusy && answers.isNotEmpty() && answers.none { it.isBlank() }

    override fun toString() = "QuizState(positions=$positions, isBusy=$isBusy, problem=$problem)"
}

/** What is done in the quiz. */
sealed interface QuizEvent {
    class Type(val index: Int, val text: String) : QuizEvent {
        override fun toString() = "Type(..)"
    }

    data object Check : QuizEvent
}

/** Asks for three of the words, so that what was written down is known to be right; [passed] when it is. */
class QuizModel(
    private val words: ShownWords,
    private val passed: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<QuizState, QuizEvent>(QuizState(), scope) {
    init {
        scope.launch {
            val positions = words.quiz().orElse(::fail) ?: return@launch
            change { it.copy(positions = positions, answers = positions.map { "" }) }
        }
    }

    override fun on(event: QuizEvent) {
        if (state.value.isBusy) return
        when (event) {
            is QuizEvent.Type -> change {
                val typed = event.text.take(LONGEST)
                it.copy(answers = it.answers.mapIndexed { at, answer -> if (at == event.index) typed else answer }, problem = null)
            }
            QuizEvent.Check -> if (state.value.canCheck) check()
        }
    }

    override fun close() = change { QuizState() }

    private fun check() {
        val now = state.value
        val answers = now.positions.zip(now.answers).map { (position, word) -> QuizAnswer(position, word.trim().encodeToByteArray()) }
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            val outcome = try {
                words.check(answers)
            } finally {
                answers.forEach { it.word.fill(0) }
                change { it.copy(isBusy = false) }
            }
            when (outcome) {
                is Outcome.Done -> passed()
                is Outcome.Failed -> fail(outcome.problem)
            }
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private companion object {
        /** Longer than any word. */
        const val LONGEST = 32
    }
}
