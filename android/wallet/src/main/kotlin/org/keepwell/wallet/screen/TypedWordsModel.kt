package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.TypedWord
import org.keepwell.wallet.model.WordMark
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.RestorableWords
import org.keepwell.wallet.service.StartService

/** Recovery words in numbered fields; what is typed shows on the screen and in no text of this. */
data class TypedWordsState(
    val fields: List<WordField> = List(FIELDS) { WordField() },
    /** The field that is typed into, from 0. */
    val focus: Int = 0,
    /** Whether all of them together are recovery words. */
    val isComplete: Boolean = false,
    val isBusy: Boolean = false,
    val problem: Problem? = null,
) {
    /** Whether they can be tried: what is wrong with them is said then. */
    val canRead get() = !isBusy && fields.count { it.text.isNotBlank() } >= FEWEST

    override fun toString() = "TypedWordsState(isComplete=$isComplete, isBusy=$isBusy, problem=$problem)"

    companion object {
        /** As many as there can be. */
        const val FIELDS = 24
        private const val FEWEST = 12
    }
}

/** One numbered field, and what the wallet says of its word; nothing for an empty one. */
data class WordField(val text: String = "", val judged: TypedWord? = null) {
    /** Whether no word begins like this. */
    val isWrong get() = judged?.mark == WordMark.UNKNOWN

    override fun toString() = "WordField(..)"
}

/** What is done with the fields; texts say nothing, so that no log can. */
sealed interface TypedWordsEvent {
    class Type(val index: Int, val text: String) : TypedWordsEvent {
        override fun toString() = "Type(..)"
    }

    /** Puts a completion into a field and goes on to the next. */
    class Take(val index: Int, val word: String) : TypedWordsEvent {
        override fun toString() = "Take(..)"
    }

    data class Focus(val index: Int) : TypedWordsEvent
    data object Next : TypedWordsEvent
}

/** Takes recovery words in numbered fields, one by one or all at once; [understood] gets them once they are read. */
class TypedWordsModel(
    private val start: StartService,
    private val understood: (RestorableWords) -> Unit,
    scope: CoroutineScope,
) : ScreenModel<TypedWordsState, TypedWordsEvent>(TypedWordsState(), scope) {
    private var judging: Job? = null
    private var isClosed = false

    override fun on(event: TypedWordsEvent) {
        if (state.value.isBusy) return
        when (event) {
            is TypedWordsEvent.Type -> type(event.index, event.text.take(LONGEST))
            is TypedWordsEvent.Take -> type(event.index, event.word + " ")
            is TypedWordsEvent.Focus -> change { it.copy(focus = event.index) }
            TypedWordsEvent.Next -> if (state.value.canRead) tryAll()
        }
    }

    override fun close() {
        isClosed = true
        change { TypedWordsState() }
    }

    /** A blank ends a word; several words go into this field and the next ones. */
    private fun type(index: Int, text: String) {
        val words = Written.findIn(text).map { it.value }.toList()
        val isEnded = words.isNotEmpty() && text.last().isWhitespace()
        val typed = when {
            words.size > 1 -> words
            isEnded -> words
            else -> listOf(text.trim())
        }.take(TypedWordsState.FIELDS - index)
        change {
            val fields = it.fields.mapIndexed { at, field -> typed.getOrNull(at - index)?.let(::WordField) ?: field }
            val next = if (typed.size > 1 || isEnded) index + typed.size else index
            it.copy(fields = fields, focus = next.coerceAtMost(TypedWordsState.FIELDS - 1), problem = null)
        }
        judge()
    }

    private fun judge() {
        judging?.cancel()
        judging = scope.launch {
            val typed = state.value.fields.map { it.text }
            val judged = withText { start.judgeWords(it) }.orElse {} ?: return@launch
            val words = judged.words.iterator()
            change { now ->
                if (now.fields.map { it.text } != typed) return@change now
                val fields = now.fields.map { if (it.text.isBlank() || !words.hasNext()) it else it.copy(judged = words.next()) }
                now.copy(fields = fields, isComplete = judged.isComplete)
            }
        }
    }

    private fun tryAll() {
        change { it.copy(isBusy = true, problem = null) }
        scope.launch {
            try {
                when (val outcome = withText { start.readWords(it) }) {
                    is Outcome.Done -> keep(outcome.value)
                    is Outcome.Failed -> change { it.copy(problem = outcome.problem, focus = it.blamed(outcome.problem)) }
                }
            } finally {
                change { it.copy(isBusy = false) }
            }
        }
    }

    private fun keep(words: RestorableWords) {
        if (isClosed) return words.close()
        change { TypedWordsState() }
        understood(words)
    }

    private suspend fun <T> withText(block: suspend (ByteArray) -> T): T {
        val text = state.value.fields.map { it.text }.filter { it.isNotBlank() }.joinToString(" ").encodeToByteArray()
        try {
            return block(text)
        } finally {
            text.fill(0)
        }
    }

    private companion object {
        /** Far more than 24 words can be, whatever stands in the clipboard. */
        const val LONGEST = 4096

        /** The field of the word that is to blame; words are counted without the fields that are empty. */
        fun TypedWordsState.blamed(problem: Problem): Int {
            val position = (problem as? Problem.WordsUnreadable)?.position ?: return focus
            return fields.withIndex().filter { it.value.text.isNotBlank() }.getOrNull(position - 1)?.index ?: focus
        }
    }
}
