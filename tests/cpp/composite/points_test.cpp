// SPDX-License-Identifier: Apache-2.0
#include "composite/points.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "composite/select.h"

namespace tilewright {
namespace {

struct RandomPoints {
    RandomPoints(std::size_t dataset_count, std::size_t band_count, std::mt19937& random)
        : datasets(dataset_count), bands(band_count), values(datasets * bands * lanes), weights(datasets * lanes) {
        for (std::size_t i = 0; i < lanes; ++i) {
            // Lanes of which nothing counts, of one sample only, of few different ones.
            const auto most = i % 8 == 7 ? 0 : i % 8 == 6 ? 1 : datasets;
            const unsigned different = i % 3 == 0 ? 4 : 256;
            for (std::size_t n = 0; n < datasets; ++n) {
                if (n >= most || random() % 5 == 0) continue;
                weights[n * lanes + i] = 1;
                counts[i] += 1;
                for (std::size_t band = 0; band < bands; ++band) {
                    values[(n * bands + band) * lanes + i] = static_cast<double>(random() % different);
                }
            }
        }
    }
    Points view() const { return {values.data(), weights.data(), datasets, bands}; }
    double distance(std::size_t lane, std::size_t n, const std::vector<double>& point) const {
        double square = 0;
        for (std::size_t band = 0; band < bands; ++band) {
            const double difference = values[(n * bands + band) * lanes + lane] - point[band];
            square += difference * difference;
        }
        return std::sqrt(square);
    }
    double cost(std::size_t lane, const std::vector<double>& point) const {
        double sum = 0;
        for (std::size_t n = 0; n < datasets; ++n) sum += weights[n * lanes + lane] * distance(lane, n, point);
        return sum;
    }
    std::vector<double> sample(std::size_t lane, std::size_t n) const {
        std::vector<double> point(bands);
        for (std::size_t band = 0; band < bands; ++band) point[band] = values[(n * bands + band) * lanes + lane];
        return point;
    }

    std::size_t datasets;
    std::size_t bands;
    std::vector<double> values;
    std::vector<double> weights;
    std::array<double, lanes> counts{};
};

bool are_same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

constexpr std::array<std::pair<std::size_t, std::size_t>, 5> shapes{{{1, 3}, {2, 1}, {9, 3}, {40, 4}, {7, 13}}};

TEST(Points, MeansAreThoseOfPlainCode) {
    std::mt19937 random(1);
    for (const auto& [datasets, bands] : shapes) {
        const RandomPoints points(datasets, bands, random);
        std::vector<double> means(bands * lanes);
        auto plain = means;
        find_means(points.view(), points.counts.data(), means.data());
        find_means_scalar(points.view(), points.counts.data(), plain.data());
        EXPECT_TRUE(are_same(means, plain));
        for (std::size_t i = 0; i < lanes; ++i) {
            double sum = 0;
            for (std::size_t n = 0; n < datasets; ++n) sum += points.values[n * bands * lanes + i];
            if (points.counts[i] > 0) {
                EXPECT_NEAR(means[i], sum / points.counts[i], 1e-9);
            } else {
                EXPECT_TRUE(std::isnan(means[i]));
            }
        }
    }
}

TEST(Points, MedoidsHaveTheLeastSumOfDistances) {
    std::mt19937 random(2);
    for (const auto& [datasets, bands] : shapes) {
        const RandomPoints points(datasets, bands, random);
        std::vector<double> costs(datasets * lanes);
        std::array<std::uint16_t, lanes> chosen{};
        std::array<std::uint16_t, lanes> plain{};
        find_medoids(points.view(), costs.data(), chosen.data());
        find_medoids_scalar(points.view(), costs.data(), plain.data());
        EXPECT_EQ(chosen, plain);
        for (std::size_t i = 0; i < lanes; ++i) {
            if (points.counts[i] == 0) continue;
            const double least = points.cost(i, points.sample(i, chosen[i]));
            EXPECT_EQ(points.weights[chosen[i] * lanes + i], 1);
            for (std::size_t n = 0; n < datasets; ++n) {
                if (points.weights[n * lanes + i] == 0) continue;
                EXPECT_LE(least, points.cost(i, points.sample(i, n)) + 1e-9);
            }
        }
    }
}

TEST(Points, NothingNearAGeomedianHasALesserSumOfDistances) {
    std::mt19937 random(3);
    const GeomedianSteps steps{1000, 1e-7};
    for (const auto& [datasets, bands] : shapes) {
        const RandomPoints points(datasets, bands, random);
        std::vector<double> medians(bands * lanes);
        find_means(points.view(), points.counts.data(), medians.data());
        auto plain = medians;
        std::vector<double> room(2 * bands * lanes);
        find_geomedians(points.view(), steps, medians.data(), room.data());
        find_geomedians_scalar(points.view(), steps, plain.data(), room.data());
        EXPECT_TRUE(are_same(medians, plain));
        for (std::size_t i = 0; i < lanes; ++i) {
            if (points.counts[i] == 0) continue;
            std::vector<double> point(bands);
            for (std::size_t band = 0; band < bands; ++band) point[band] = medians[band * lanes + i];
            const double least = points.cost(i, point);
            for (std::size_t n = 0; n < datasets; ++n) {
                if (points.weights[n * lanes + i] == 0) continue;
                EXPECT_LE(least, points.cost(i, points.sample(i, n)) + 1e-3);
            }
            for (std::size_t band = 0; band < bands; ++band) {
                for (const double step : {-0.5, 0.5}) {
                    auto near = point;
                    near[band] += step;
                    EXPECT_LE(least, points.cost(i, near) + 1e-3);
                }
            }
        }
    }
}

}  // namespace
}  // namespace tilewright
