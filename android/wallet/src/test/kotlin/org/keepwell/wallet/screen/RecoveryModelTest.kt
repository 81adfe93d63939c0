package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.WordsReason

class RecoveryModelTest {
    private var left = 0

    private fun Bench.model() = RecoveryModel(wallet.lock, { left++ }, scope)

    private fun Bench.type(model: RecoveryModel, words: String) {
        model.on(RecoveryEvent.TypeWords(words))
        model.on(RecoveryEvent.Next)
        settle()
    }

    private fun Bench.pin(model: RecoveryModel, pin: String) {
        enter(pin) { model.on(RecoveryEvent.Pin(it)) }
        settle()
    }

    private fun Bench.atNewPin(passphrase: String = "") = model().also {
        type(it, WORDS)
        it.on(RecoveryEvent.TypePassphrase(passphrase))
        it.on(RecoveryEvent.Next)
        assertEquals(RecoveryStep.NEW_PIN, it.state.value.step)
    }

    @Test
    fun `the words open a wallet whose phone lost its key, and only the new PIN opens it afterwards`() = onBench(unlocked = false) {
        wallet.hasDeviceKey = false
        val model = atNewPin()
        pin(model, NEW_PIN)
        assertEquals(RecoveryStep.REPEAT_PIN, model.state.value.step)
        assertFalse(wallet.lock.isUnlocked.value)
        pin(model, NEW_PIN)
        assertTrue(wallet.lock.isUnlocked.value)
        scope.launchNow { wallet.lock.lock() }
        settle()
        val unlock = UnlockModel(wallet.lock, wallet.safety, {}, scope)
        enter(FakeWallet.PIN) { unlock.on(UnlockEvent.Pin(it)) }
        settle()
        assertEquals(Problem.WrongPin(9), unlock.state.value.pin.problem)
        enter(NEW_PIN) { unlock.on(UnlockEvent.Pin(it)) }
        settle()
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `who goes back while the words are read goes at once, and takes them along`() = onBench(unlocked = false) {
        val model = model()
        model.on(RecoveryEvent.TypeWords(WORDS))
        model.on(RecoveryEvent.Next)
        model.on(RecoveryEvent.TypeWords("orbit"))
        assertEquals(WORDS to true, model.state.value.run { words to isBusy })
        model.on(RecoveryEvent.Back)
        assertEquals(1, left)
        model.close()
        settle()
        assertEquals(0, wallet.wordsHeld)
    }

    @Test
    fun `words are read as people write them and counted as they are typed`() = onBench(unlocked = false) {
        val numbered = FakeWallet.WORDS.withIndex().joinToString("\r\n") { (at, word) -> "${at + 1}.  ${word.uppercase()}" }
        val model = model()
        assertFalse(model.state.value.canRead)
        model.on(RecoveryEvent.TypeWords("1. orbit 2) velvet, 3"))
        assertEquals(2, model.state.value.count)
        type(model, numbered)
        assertEquals(RecoveryStep.PASSPHRASE, model.state.value.step)
        assertEquals("", model.state.value.words)
    }

    @Test
    fun `a word that is none is named, with what may have been meant, and can be exchanged in its place`() = onBench(unlocked = false) {
        val model = model()
        type(model, numbered(FakeWallet.WORDS.map { if (it == "canyon") "cany" else it }))
        val state = model.state.value
        assertEquals(Problem.WordsUnreadable(WordsReason.UNKNOWN_WORD, 3), state.problem)
        assertEquals(listOf("canyon", "cannon", "candy"), state.suggestions)
        assertEquals(RecoveryStep.WORDS, state.step)
        model.on(RecoveryEvent.Take("canyon"))
        assertEquals(numbered(FakeWallet.WORDS), model.state.value.words)
        assertEquals(null, model.state.value.problem)
        model.on(RecoveryEvent.Next)
        settle()
        assertEquals(RecoveryStep.PASSPHRASE, model.state.value.step)
    }

    @Test
    fun `a missing word and exchanged words are told apart, and what was typed stays to be mended`() = onBench(unlocked = false) {
        val model = model()
        type(model, FakeWallet.WORDS.drop(1).joinToString(" "))
        assertEquals(Problem.WordsUnreadable(WordsReason.WORD_COUNT, null), model.state.value.problem)
        type(model, FakeWallet.WORDS.reversed().joinToString(" "))
        assertEquals(Problem.WordsUnreadable(WordsReason.MNEMONIC_CHECKSUM, null), model.state.value.problem)
        assertEquals(24, model.state.value.count)
        assertTrue(model.state.value.suggestions.isEmpty())
        model.on(RecoveryEvent.TypeWords("o"))
        assertEquals(null, model.state.value.problem)
    }

    @Test
    fun `another wallet's words or another passphrase lead back to the passphrase`() = onBench(unlocked = false) {
        val model = atNewPin(" sesame")
        assertTrue(model.state.value.hasOuterBlank)
        repeat(2) { pin(model, NEW_PIN) }
        assertEquals(RecoveryStep.PASSPHRASE, model.state.value.step)
        assertEquals(Problem.WrongWords, model.state.value.problem)
        assertEquals(PinState(), model.state.value.pin)
        model.on(RecoveryEvent.TypePassphrase(""))
        model.on(RecoveryEvent.Next)
        repeat(2) { pin(model, NEW_PIN) }
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `two PINs that differ, and one that is guessed at once, are chosen again`() = onBench(unlocked = false) {
        val model = atNewPin()
        pin(model, NEW_PIN)
        pin(model, "593818")
        assertEquals(RecoveryStep.NEW_PIN, model.state.value.step)
        assertEquals(Problem.PinsDiffer, model.state.value.pin.problem)
        repeat(2) { pin(model, "000000") }
        assertEquals(RecoveryStep.NEW_PIN, model.state.value.step)
        assertEquals(Problem.PinUnsuitable("PinGuessable"), model.state.value.pin.problem)
        repeat(2) { pin(model, NEW_PIN) }
        assertTrue(wallet.lock.isUnlocked.value)
    }

    @Test
    fun `each step leads back to the one before, the first one out`() = onBench(unlocked = false) {
        val model = atNewPin("sesame")
        pin(model, NEW_PIN)
        model.on(RecoveryEvent.Pin(PinEvent.Digit('1')))
        for (step in listOf(RecoveryStep.NEW_PIN, RecoveryStep.PASSPHRASE, RecoveryStep.WORDS)) {
            model.on(RecoveryEvent.Back)
            assertEquals(step, model.state.value.step)
        }
        assertEquals(RecoveryState(), model.state.value)
        assertEquals(0, wallet.wordsHeld)
        model.on(RecoveryEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `every array is overwritten, and the words let go of when the screen is`() = onBench(unlocked = false) {
        val model = atNewPin("sesame")
        assertEquals(1, wallet.wordsHeld)
        repeat(2) { pin(model, NEW_PIN) }
        model.close()
        assertEquals(RecoveryState(), model.state.value)
        assertEquals(0, wallet.wordsHeld)
        assertTrue(wallet.texts.size == 2 && wallet.pins.size == 1)
        for (handed in wallet.texts + wallet.pins) assertContentEquals(ByteArray(handed.size), handed)
    }

    @Test
    fun `words that arrive after the screen was left are let go of`() = onBench(unlocked = false) {
        val model = model()
        model.on(RecoveryEvent.TypeWords(WORDS))
        model.on(RecoveryEvent.Next)
        model.close()
        settle()
        assertEquals(0, wallet.wordsHeld)
        assertEquals(RecoveryState(), model.state.value)
    }

    @Test
    fun `what is pasted is cut before it can weigh anything`() = onBench(unlocked = false) {
        val model = model()
        model.on(RecoveryEvent.TypeWords("a ".repeat(1_000_000)))
        assertEquals(4096, model.state.value.words.length)
    }

    @Test
    fun `no word, passphrase or digit shows in what is printed`() = onBench(unlocked = false) {
        val model = model()
        model.on(RecoveryEvent.TypeWords("velvet canyn"))
        model.on(RecoveryEvent.Next)
        settle()
        val events = listOf(
            RecoveryEvent.TypeWords("velvet"), RecoveryEvent.Take("velvet"), RecoveryEvent.TypePassphrase("velvet"), RecoveryEvent.Pin(PinEvent.Digit('7')),
        )
        for (text in events.map { it.toString() } + model.state.value.copy(suggestions = listOf("canyon"), passphrase = "sesame").toString()) {
            for (secret in listOf("velvet", "cany", "sesame", "7")) assertFalse(secret in text, text)
        }
    }

    private fun numbered(words: List<String>) = words.withIndex().joinToString("\n") { (at, word) -> "${at + 1}. $word" }

    private companion object {
        val WORDS = FakeWallet.WORDS.joinToString(" ")
        const val NEW_PIN = "593817"
    }
}
