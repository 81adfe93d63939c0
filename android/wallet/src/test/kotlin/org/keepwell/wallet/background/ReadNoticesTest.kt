package org.keepwell.wallet.background

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.screen.Bench
import org.keepwell.wallet.screen.NoticesEvent
import org.keepwell.wallet.screen.NoticesModel
import org.keepwell.wallet.screen.launchNow
import org.keepwell.wallet.screen.onBench

class ReadNoticesTest {
    private val wishes = FakeWishes()
    private val said = ArrayList<String>()
    private val notices = object : Notices {
        override fun unsent(count: Int) = Unit
        override fun clearUnsent() = Unit
        override fun stopped() = Unit
        override fun endsSoon(count: Int, clinicName: String?) = Unit
        override fun read(read: ClinicRead) {
            said += with(read) { "$records $clinicName $isProved" }
        }
    }

    private fun Bench.follow() {
        scope.launchNow { ReadNotices(wallet.consent, wishes.now, notices).follow() }
        settle()
    }

    private fun Bench.learns(vararg reads: ClinicRead) {
        reads.forEach { wallet.readNews.tryEmit(it) }
        settle()
    }

    @Test
    fun `no clinic is named unless that is wished, and what nothing proves is not said as if it were proved`() = onBench {
        follow()
        learns(ClinicRead("Northside", 12), ClinicRead("Harbour", 2, isProved = false))
        assertEquals(listOf("12 null true", "2 null false"), said)
    }

    @Test
    fun `a clinic is named where that is wished and it is known`() = onBench {
        wishes.set(NoticeWishes(namesClinics = true))
        follow()
        learns(ClinicRead("Northside", 12), ClinicRead(null, 2))
        assertEquals(listOf("12 Northside true", "2 null true"), said)
    }

    @Test
    fun `nothing is said of nothing, or where it is not wished, and not later either`() = onBench {
        follow()
        learns()
        learns(ClinicRead("Northside", 0))
        wishes.set(NoticeWishes(tellsReads = false))
        learns(ClinicRead("Northside", 12))
        wishes.set(NoticeWishes())
        settle()
        assertEquals(emptyList(), said)
        assertFalse("Northside" in ClinicRead("Northside", 12).toString())
    }

    @Test
    fun `each kind is switched by itself`() = onBench {
        val model = NoticesModel(wishes, scope)
        val before = NoticeWishes()
        for ((event, wished) in listOf(
            NoticesEvent.TellSending(false) to before.copy(tellsSending = false),
            NoticesEvent.TellEnds(false) to before.copy(tellsEnds = false),
            NoticesEvent.TellReads(false) to before.copy(tellsReads = false),
            NoticesEvent.NameClinics(true) to before.copy(namesClinics = true),
        )) {
            wishes.set(before)
            model.on(event)
            settle()
            assertEquals(wished, wishes.now.value)
            assertEquals(wished, model.state.value.wishes)
        }
    }
}
