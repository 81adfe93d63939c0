package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Problem

/** What was put off at the first launch: connecting, and checking the words. */
class LaterModelsTest {
    private var left = 0

    @Test
    fun `a phone is connected to servers that a code names, with the PIN`() = onBench {
        wallet.start.isConnected = false
        val model = ConnectModel(null, wallet, { left++ }, scope)
        model.connection.on(ConnectionEvent.Scan)
        model.connection.on(ConnectionEvent.Read(FakeStart.CODE + "host.example.org"))
        settle()
        model.connection.on(ConnectionEvent.Accept)
        assertEquals(ConnectStep.CONFIRM, model.state.value.step)
        enter("000000") { model.on(ConnectEvent.Pin(it)) }
        settle()
        assertEquals(Problem.WrongPin(9), model.state.value.pin.problem)
        assertFalse(wallet.start.isConnected)
        enter(FakeWallet.PIN) { model.on(ConnectEvent.Pin(it)) }
        settle()
        assertEquals(ConnectStep.DONE, model.state.value.step)
        assertTrue(wallet.start.isConnected)
        for (pin in wallet.pins) assertContentEquals(ByteArray(pin.size), pin)
    }

    @Test
    fun `servers that were offered are asked about, and each step leads back`() = onBench {
        val model = ConnectModel(FakeStart.CODE + "host.example.net", wallet, { left++ }, scope)
        settle()
        assertEquals("host.example.net", model.connection.state.value.names?.host)
        model.connection.on(ConnectionEvent.Accept)
        model.on(ConnectEvent.Pin(PinEvent.Digit('1')))
        model.on(ConnectEvent.Back)
        assertEquals(ConnectState(), model.state.value)
        model.on(ConnectEvent.Back)
        assertEquals(1, left)
    }

    @Test
    fun `the words are shown against the PIN, asked for, and let go of`() = onBench {
        wallet.start.areWordsChecked = false
        val model = CheckWordsModel(wallet.words, true, { left++ }, scope)
        enter("000000") { model.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(CheckWordsStep.PIN, model.state.value.step)
        enter(FakeWallet.PIN) { model.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(CheckWordsStep.SHOW, model.state.value.step)
        repeat(4) { checkNotNull(model.shownWords).on(ShownWordsEvent.NEXT) }
        settle()
        model.on(CheckWordsEvent.Back)
        assertEquals(CheckWordsStep.SHOW, model.state.value.step)
        checkNotNull(model.shownWords).on(ShownWordsEvent.NEXT)
        settle()
        val quiz = checkNotNull(model.quiz)
        quiz.state.value.positions.forEachIndexed { at, position -> quiz.on(QuizEvent.Type(at, FakeWallet.WORDS[position - 1])) }
        quiz.on(QuizEvent.Check)
        settle()
        assertEquals(CheckWordsStep.DONE, model.state.value.step)
        assertTrue(wallet.start.areWordsChecked)
        assertEquals(0, wallet.wordsHeld)
        assertEquals(ShownWordsState(), model.shownWords?.state?.value)
    }

    @Test
    fun `words that are not checked are let go of when the screen is left`() = onBench {
        val model = CheckWordsModel(wallet.words, true, { left++ }, scope)
        enter(FakeWallet.PIN) { model.on(CheckWordsEvent.Pin(it)) }
        settle()
        assertEquals(1, wallet.wordsHeld)
        model.close()
        assertEquals(0, wallet.wordsHeld)
    }
}
