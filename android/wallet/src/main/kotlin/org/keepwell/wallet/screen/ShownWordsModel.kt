package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.service.ShownWords

/** The words to write down, a page at a time; they show on the screen and in no text of this. */
data class ShownWordsState(val words: List<String> = emptyList(), val page: Int = 0) {
    /** How many pages there are. */
    val pages get() = (words.size + PAGE - 1) / PAGE

    /** The words of this page with their numbers, from 1. */
    val shown get() = words.withIndex().drop(page * PAGE).take(PAGE).map { (index, word) -> index + 1 to word }

    /** Whether this page is the last. */
    val isLast get() = page == pages - 1

    override fun toString() = "ShownWordsState(page=$page)"

    private companion object {
        /** So many fit on a small phone in type of twice the size. */
        const val PAGE = 6
    }
}

/** Turning the pages. */
enum class ShownWordsEvent { NEXT, BACK }

/** Shows the words of a new wallet in order; [written] when the last page was turned, [leave] before the first. It begins at a [page]. */
class ShownWordsModel(
    private val shown: ShownWords,
    private val written: () -> Unit,
    private val leave: () -> Unit,
    scope: CoroutineScope,
    page: Int = 0,
) : ScreenModel<ShownWordsState, ShownWordsEvent>(ShownWordsState(), scope) {
    init {
        val text = shown.text()
        try {
            change { it.copy(words = words(text), page = page) }
        } finally {
            text.fill(0)
        }
    }

    override fun on(event: ShownWordsEvent) {
        val now = state.value
        scope.launch { shown.noteUse() }
        when (event) {
            ShownWordsEvent.NEXT -> if (now.isLast) written() else change { it.copy(page = it.page + 1) }
            ShownWordsEvent.BACK -> if (now.page == 0) leave() else change { it.copy(page = it.page - 1) }
        }
    }

    override fun close() = change { ShownWordsState() }

    /** Word by word: no String ever holds all of them, which opens the wallet. */
    private fun words(text: ByteArray): List<String> {
        val ends = text.indices.filter { text[it] == BLANK } + text.size
        return (listOf(-1) + ends).zipWithNext { before, end -> text.decodeToString(before + 1, end) }
    }

    private companion object {
        const val BLANK = ' '.code.toByte()
    }
}
