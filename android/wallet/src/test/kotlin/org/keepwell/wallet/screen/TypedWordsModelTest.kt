package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.WordMark
import org.keepwell.wallet.model.WordsReason
import org.keepwell.wallet.service.RestorableWords

class TypedWordsModelTest {
    private val read = ArrayList<RestorableWords>()

    private fun Bench.model() = TypedWordsModel(wallet.start, { read += it }, scope)

    private fun Bench.type(model: TypedWordsModel, index: Int, text: String) {
        model.on(TypedWordsEvent.Type(index, text))
        settle()
    }

    @Test
    fun `a word is completed as it is typed and leads to the next field`() = onEmptyBench {
        val model = model()
        type(model, 0, "orb")
        assertEquals(listOf("orbit"), model.state.value.fields[0].judged?.completions)
        assertEquals(0, model.state.value.focus)
        model.on(TypedWordsEvent.Take(0, "orbit"))
        settle()
        assertEquals("orbit" to WordMark.KNOWN, model.state.value.fields[0].run { text to judged?.mark })
        assertEquals(1, model.state.value.focus)
        type(model, 1, "velvet ")
        assertEquals("velvet", model.state.value.fields[1].text)
        assertEquals(2, model.state.value.focus)
    }

    @Test
    fun `a word that is none is marked where it stands, also behind an empty field`() = onEmptyBench {
        val model = model()
        type(model, 0, "orbit")
        type(model, 2, "canyn")
        val fields = model.state.value.fields
        assertFalse(fields[0].isWrong || fields[1].isWrong)
        assertNull(fields[1].judged)
        assertTrue(fields[2].isWrong)
        assertEquals(listOf("canyon", "cannon", "candy"), fields[2].judged?.completions)
    }

    @Test
    fun `a whole list goes into all fields, numbered as people write it`() = onEmptyBench {
        val model = model()
        type(model, 0, FakeWallet.WORDS.withIndex().joinToString("\r\n") { (at, word) -> "${at + 1}.  $word" })
        assertEquals(FakeWallet.WORDS, model.state.value.fields.map { it.text })
        assertTrue(model.state.value.isComplete)
        model.on(TypedWordsEvent.Next)
        settle()
        assertEquals(1, read.size)
        assertEquals(TypedWordsState(), model.state.value)
    }

    @Test
    fun `exchanged words are said to be so and stay to be mended, and the word to blame is gone to`() = onEmptyBench {
        val model = model()
        type(model, 0, FakeWallet.WORDS.reversed().joinToString(" "))
        assertFalse(model.state.value.isComplete)
        model.on(TypedWordsEvent.Next)
        settle()
        assertEquals(Problem.WordsUnreadable(WordsReason.MNEMONIC_CHECKSUM, null), model.state.value.problem)
        type(model, 0, FakeWallet.WORDS.map { if (it == "canyon") "canyn" else it }.joinToString(" "))
        assertNull(model.state.value.problem)
        model.on(TypedWordsEvent.Next)
        settle()
        assertEquals(2, model.state.value.focus)
        assertTrue(read.isEmpty())
    }

    @Test
    fun `too few words are not tried, and what is pasted is cut`() = onEmptyBench {
        val model = model()
        type(model, 0, FakeWallet.WORDS.take(11).joinToString(" "))
        model.on(TypedWordsEvent.Next)
        settle()
        assertNull(model.state.value.problem)
        type(model, 0, "a".repeat(1_000_000))
        assertEquals(4096, model.state.value.fields[0].text.length)
        type(model, 23, "zebra orbit velvet")
        assertEquals("zebra", model.state.value.fields[23].text)
    }

    @Test
    fun `words that arrive after the screen was left are let go of`() = onEmptyBench {
        val model = model()
        type(model, 0, FakeWallet.WORDS.joinToString(" "))
        model.on(TypedWordsEvent.Next)
        model.close()
        settle()
        assertTrue(read.isEmpty())
        assertEquals(0, wallet.wordsHeld)
        for (text in listOf(TypedWordsEvent.Type(0, "velvet"), TypedWordsEvent.Take(0, "velvet"), WordField("velvet"))) assertFalse("velvet" in "$text")
    }
}
