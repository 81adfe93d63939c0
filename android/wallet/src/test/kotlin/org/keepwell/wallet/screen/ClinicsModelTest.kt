package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.days
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.draft

class ClinicsModelTest {
    private fun Bench.model() = ClinicsModel(wallet.clinics, navigator, scope).also { settle() }

    @Test
    fun `finds a clinic by its name or place and goes on with it`() = onBench {
        val model = model()
        model.on(ClinicsEvent.Search("shelbyville"))
        assertEquals(listOf(FakeData.changed), model.state.value.found)
        model.on(ClinicsEvent.Search("heart"))
        assertEquals(listOf(FakeData.lakeside.id), model.state.value.found.map { it.id })
        model.on(ClinicsEvent.Choose(FakeData.lakeside.id))
        assertEquals(Route.Grant(FakeData.lakeside.id), navigator.routes.value.last())
    }

    @Test
    fun `a clinic whose key changed, or that is suspended, leads to its page and not to giving`() = onBench {
        val model = model()
        model.on(ClinicsEvent.Choose(FakeData.changed.id))
        model.on(ClinicsEvent.Choose(FakeData.suspended.id))
        assertEquals(listOf(Route.Records, Route.Clinic(FakeData.changed.id), Route.Clinic(FakeData.suspended.id)), navigator.routes.value)
    }

    @Test
    fun `offline it says so and loads at the next try`() = onBench {
        wallet.isOnline = false
        val model = model()
        assertEquals(Problem.Offline, model.state.value.problem)
        wallet.isOnline = true
        model.on(ClinicsEvent.Retry)
        settle()
        assertNull(model.state.value.problem)
        assertEquals(4, model.state.value.clinics.size)
        assertEquals(model.state.value.clinics, model.state.value.found)
    }

    @Test
    fun `what was typed before the list came finds in it`() = onBench {
        wallet.isOnline = false
        val model = model()
        model.on(ClinicsEvent.Search("heart"))
        wallet.isOnline = true
        model.on(ClinicsEvent.Retry)
        settle()
        assertEquals(listOf(FakeData.lakeside), model.state.value.found)
    }

    @Test
    fun `nothing found is said only when nothing fits`() = onBench {
        val model = model()
        model.on(ClinicsEvent.Search("nowhere"))
        assertTrue(model.state.value.isNothingFound)
        model.on(ClinicsEvent.Search("north"))
        assertTrue(!model.state.value.isNothingFound)
    }

    @Test
    fun `the code of a clinic leads to it, once`() = onBench {
        navigator.open(Route.Clinics)
        navigator.open(Route.Scan)
        val model = ScanModel(navigator::takeClinic, scope)
        model.on(ScanEvent.Permission(isGranted = true))
        val code = "keepwell:p/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
        model.on(ScanEvent.Read(code))
        model.on(ScanEvent.Read(code))
        assertEquals(listOf(Route.Records, Route.Clinics, Route.Grant(FakeData.northside.id)), navigator.routes.value)
    }

    @Test
    fun `the code of a request leads to what the clinic asks for, or says that it is not to be believed`() = onBench {
        val asked = AccessRequest(RequestId("0e".repeat(16)), FakeData.northside.id, setOf(Category.ALLERGIES), Purpose.TREATMENT, 7.days)
        navigator.open(Route.Clinics)
        navigator.open(Route.Scan)
        ScanModel(navigator::takeClinic, scope).on(ScanEvent.Read("keepwell:r/abc"))
        assertEquals(listOf(Route.Records, Route.Clinics, Route.Asked("keepwell:r/abc")), navigator.routes.value)
        val model = AskedModel("keepwell:r/abc", wallet.consent, navigator, scope)
        settle()
        assertEquals(Problem.RequestUnproved("NotARequest"), model.state.value.problem)
        wallet.isOnline = false
        model.on(AskedEvent.Retry)
        settle()
        assertEquals(Problem.Offline, model.state.value.problem)
        wallet.isOnline = true
        wallet.requests["keepwell:r/abc"] = asked
        model.on(AskedEvent.Retry)
        settle()
        assertEquals(listOf(Route.Records, Route.Clinics, Route.Grant(FakeData.northside.id, asked.draft())), navigator.routes.value)
        // Whoever went back is not brought there again.
        navigator.back()
        model.on(AskedEvent.Retry)
        settle()
        assertEquals(listOf(Route.Records, Route.Clinics), navigator.routes.value)
    }

    @Test
    fun `a camera that is taken away in the middle is said to be so, and works again once it is given back`() = onBench {
        val taken = ArrayList<String>()
        val model = ScanModel({ taken += it; it == "right" }, scope)
        model.on(ScanEvent.Permission(isGranted = true))
        model.on(ScanEvent.Read("wrong"))
        model.on(ScanEvent.Permission(isGranted = false))
        assertEquals(CameraPermission.DENIED, model.state.value.permission)
        model.on(ScanEvent.Permission(isGranted = true))
        assertEquals(CameraPermission.GRANTED, model.state.value.permission)
        model.on(ScanEvent.Read("right"))
        assertEquals(listOf("wrong", "right"), taken)
    }

    @Test
    fun `any other code is said to be none`() = onBench {
        navigator.open(Route.Scan)
        val model = ScanModel(navigator::takeClinic, scope)
        val others = listOf(
            "https://example.org", "keepwell:p/", "keepwell:p/AAAA", "keepwell:p/***", "keepwell:r", "keepwell:c/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE",
            "keepwell:p/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAA",
        )
        for (other in others) {
            model.on(ScanEvent.Read(other))
            assertTrue(model.state.value.isOtherCode, other)
            assertEquals(Route.Scan, navigator.routes.value.last())
        }
    }

    @Test
    fun `an id is 64 lower-case hex digits and nothing else`() {
        assertEquals(ClinicId("0a".repeat(32)), ClinicId.parse("0a".repeat(32)))
        for (bad in listOf("", "0a", "0A".repeat(32), "0a".repeat(33), "zz".repeat(32))) assertNull(ClinicId.parse(bad))
    }
}
